-- PRIMARY KEY, UNIQUE and FOREIGN KEY: declared and never enforced (documented). They are rows of pg_constraint and pg_index, where
-- clients look for them, and information_schema with them. Their indexes are not live, so that PostgreSQL neither fills nor uses
-- them; the keys are deferrable, so that the planner does not take rows for unique (it would drop columns of GROUP BY).
CREATE FUNCTION pg_internal.relation_name(oid) RETURNS text LANGUAGE sql STABLE AS
    $$ SELECT relname FROM pg_catalog.pg_class WHERE oid = $1 $$;
CREATE FUNCTION pg_internal.column_numbers(relation oid, columns jsonb) RETURNS smallint[] LANGUAGE plpgsql STABLE
SET search_path = pg_catalog AS $$
DECLARE
    numbers smallint[];
    missing text;
BEGIN
    SELECT array_agg(a.attnum ORDER BY place), min(name) FILTER (WHERE a.attnum IS NULL) INTO numbers, missing
    FROM jsonb_array_elements_text(columns) WITH ORDINALITY AS named(name, place)
    LEFT JOIN pg_attribute a ON a.attrelid = relation AND a.attname = name AND a.attnum > 0 AND NOT a.attisdropped;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'column "%" named in key does not exist', missing USING ERRCODE = '42703';
    END IF;
    RETURN numbers;
END $$;

-- PostgreSQL's names, with a number behind where they are taken.
CREATE FUNCTION pg_internal.key_name(relation oid, kind "char", first_column text) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog AS $$
    SELECT name FROM generate_series(0, 1000) AS n
    CROSS JOIN LATERAL (SELECT c.relnamespace, c.relname || CASE kind WHEN 'p' THEN '' ELSE '_' || first_column END
        || CASE kind WHEN 'p' THEN '_pkey' WHEN 'u' THEN '_key' ELSE '_fkey' END || CASE n WHEN 0 THEN '' ELSE n::text END
        FROM pg_class c WHERE c.oid = relation) AS candidate (namespace, name)
    WHERE NOT EXISTS (SELECT FROM pg_class o WHERE o.relnamespace = namespace AND o.relname = name)
      AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conrelid = relation AND o.conname = name)
    ORDER BY n LIMIT 1 $$;

CREATE FUNCTION pg_internal.add_key_index(relation oid, name text, kind "char", columns smallint[]) RETURNS oid LANGUAGE plpgsql
SET search_path = pg_catalog AS $$
DECLARE
    listed text;
    made oid;
BEGIN
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY array_position(columns, attnum)) INTO listed
    FROM pg_attribute WHERE attrelid = relation AND attnum = ANY (columns);
    EXECUTE format('CREATE INDEX %I ON %s (%s) WHERE false', name, relation::regclass, listed);
    SELECT i.oid INTO made FROM pg_class i JOIN pg_class t ON t.oid = relation AND t.relnamespace = i.relnamespace WHERE i.relname = name;
    UPDATE pg_index SET indislive = false, indisready = false, indisvalid = false, indisunique = true, indisprimary = kind = 'p',
                        indpred = NULL
    WHERE indexrelid = made;
    DELETE FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = made;
    RETURN made;
END $$;

-- The key that a FOREIGN KEY refers to: the primary key where no columns are named.
CREATE FUNCTION pg_internal.referenced_key(relation oid, columns jsonb) RETURNS pg_constraint LANGUAGE plpgsql STABLE
SET search_path = pg_catalog AS $$
DECLARE
    numbers smallint[] := pg_internal.column_numbers(relation, columns);
    found pg_constraint;
BEGIN
    SELECT * INTO found FROM pg_constraint
    WHERE conrelid = relation AND contype IN ('p', 'u')
      AND CASE WHEN numbers IS NULL THEN contype = 'p' ELSE conkey @> numbers AND numbers @> conkey END
    ORDER BY contype LIMIT 1;
    IF found.oid IS NULL AND numbers IS NULL THEN
        RAISE EXCEPTION 'there is no primary key for referenced table "%"', pg_internal.relation_name(relation) USING ERRCODE = '42704';
    ELSIF found.oid IS NULL THEN
        RAISE EXCEPTION 'there is no unique constraint matching given keys for referenced table "%"', pg_internal.relation_name(relation)
            USING ERRCODE = '42830';
    END IF;
    found.conkey := coalesce(numbers, found.conkey);
    RETURN found;
END $$;

CREATE FUNCTION pg_internal.add_constraint(relation oid, said jsonb, referenced oid) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    kind "char" := said ->> 'kind';
    numbers smallint[] := pg_internal.column_numbers(relation, said -> 'columns');
    name text := coalesce(said ->> 'name', pg_internal.key_name(relation, kind, said -> 'columns' ->> 0));
    made oid := pg_nextoid('pg_constraint', 'oid', 'pg_constraint_oid_index');
    behind pg_constraint;
    index_id oid;
BEGIN
    IF kind = 'p' AND EXISTS (SELECT FROM pg_constraint WHERE conrelid = relation AND contype = 'p') THEN
        RAISE EXCEPTION 'multiple primary keys for table "%" are not allowed', pg_internal.relation_name(relation) USING ERRCODE = '42P16';
    ELSIF EXISTS (SELECT FROM pg_constraint WHERE conrelid = relation AND conname = name) THEN
        RAISE EXCEPTION 'constraint "%" for relation "%" already exists', name, pg_internal.relation_name(relation) USING ERRCODE = '42710';
    END IF;
    IF kind = 'f' THEN
        behind := pg_internal.referenced_key(referenced, said -> 'referenced');
        index_id := behind.conindid;
    ELSE
        index_id := pg_internal.add_key_index(relation, name, kind, numbers);
    END IF;
    INSERT INTO pg_constraint SELECT (jsonb_populate_record(NULL::pg_constraint, jsonb_build_object(
        'oid', made, 'conname', name, 'connamespace', (SELECT relnamespace FROM pg_class WHERE oid = relation), 'contype', kind,
        'condeferrable', kind <> 'f', 'condeferred', false, 'conenforced', true, 'convalidated', true, 'conrelid', relation,
        'contypid', 0, 'conindid', index_id, 'conparentid', 0, 'confrelid', coalesce(referenced, 0),
        'confupdtype', CASE kind WHEN 'f' THEN 'a' ELSE ' ' END, 'confdeltype', CASE kind WHEN 'f' THEN 'a' ELSE ' ' END,
        'confmatchtype', CASE kind WHEN 'f' THEN 's' ELSE ' ' END, 'conislocal', true, 'coninhcount', 0, 'connoinherit', true,
        'conperiod', false, 'conkey', numbers, 'confkey', behind.conkey))).*;
    INSERT INTO pg_depend SELECT 'pg_constraint'::regclass, made, 0, 'pg_class'::regclass, relation, unnest(numbers), 'a';
    IF kind = 'f' THEN
        INSERT INTO pg_depend SELECT 'pg_constraint'::regclass, made, 0, 'pg_class'::regclass, referenced, unnest(behind.conkey), 'n';
        INSERT INTO pg_depend VALUES ('pg_constraint'::regclass, made, 0, 'pg_class'::regclass, index_id, 0, 'n');
    ELSE
        INSERT INTO pg_depend VALUES ('pg_class'::regclass, index_id, 0, 'pg_constraint'::regclass, made, 0, 'i');
    END IF;
END $$;

-- Names are looked up with the caller's search_path and rights, the rows written with the catalog's.
CREATE FUNCTION pg_catalog.linchpin_add_constraint(relation text, said text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    owned oid := pg_internal.owned(relation);
    referenced oid := (said::jsonb ->> 'references')::regclass;
BEGIN
    IF NOT pg_catalog.has_table_privilege(referenced, 'REFERENCES') THEN
        RAISE EXCEPTION 'permission denied for relation %', pg_internal.relation_name(referenced) USING ERRCODE = '42501';
    END IF;
    PERFORM pg_internal.add_constraint(owned, said::jsonb, referenced);
END $$;

-- Documented: the type of a column that a key is on cannot be altered. PostgreSQL would make the index anew, and enforce it.
CREATE FUNCTION pg_catalog.linchpin_refuse_altered_key(relation text, column_name text) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_constraint c
               JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
               WHERE c.conrelid = pg_catalog.to_regclass(relation) AND a.attname = column_name AND c.contype IN ('p', 'u', 'f'))
       OR EXISTS (SELECT FROM pg_catalog.pg_constraint c
                  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = ANY (c.confkey)
                  WHERE c.confrelid = pg_catalog.to_regclass(relation) AND a.attname = column_name) THEN
        RAISE EXCEPTION 'cannot alter type of column "%" because it has a UNIQUE, PRIMARY KEY or FOREIGN KEY constraint', column_name
            USING ERRCODE = '0A000';
    END IF;
END $$;

-- A key of Redshift's is not deferrable.
ALTER FUNCTION pg_catalog.pg_get_constraintdef(oid) RENAME TO linchpin_constraintdef;
ALTER FUNCTION pg_catalog.pg_get_constraintdef(oid, boolean) RENAME TO linchpin_constraintdef;
CREATE FUNCTION pg_catalog.pg_get_constraintdef(oid) RETURNS text LANGUAGE sql STABLE STRICT AS
    $$ SELECT pg_catalog.replace(pg_catalog.linchpin_constraintdef($1), ' DEFERRABLE', '') $$;
CREATE FUNCTION pg_catalog.pg_get_constraintdef(oid, boolean) RETURNS text LANGUAGE sql STABLE STRICT AS
    $$ SELECT pg_catalog.replace(pg_catalog.linchpin_constraintdef($1, $2), ' DEFERRABLE', '') $$;
