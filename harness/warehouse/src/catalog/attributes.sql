-- What CREATE TABLE and ALTER TABLE say about a table's storage, kept for the system views.
CREATE TABLE pg_internal.table_attributes (table_id oid PRIMARY KEY, attributes jsonb NOT NULL);

CREATE FUNCTION pg_internal.owned(relation text) RETURNS oid LANGUAGE plpgsql STABLE AS $$
DECLARE found oid := relation::regclass;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_class WHERE oid = found AND pg_catalog.pg_has_role(current_user, relowner, 'USAGE')) THEN
        RAISE EXCEPTION 'must be owner of relation %', relation USING ERRCODE = '42501';
    END IF;
    RETURN found;
END $$;
-- What cannot be kept. The rules are documented; the wording of the encoding is from memory of public logs, the others are inferred.
CREATE FUNCTION pg_internal.check_key_columns(relation oid, said jsonb) RETURNS void LANGUAGE plpgsql STABLE
SET search_path = pg_catalog AS $$
DECLARE named record;
BEGIN
    FOR named IN SELECT keys.kind, keys.name, a.atttypid FROM (
            SELECT 'DISTKEY' AS kind, said ->> 'distkey' AS name
            UNION ALL SELECT 'SORTKEY', jsonb_array_elements_text(said -> 'sortkey')) AS keys
        LEFT JOIN pg_attribute a ON a.attrelid = relation AND a.attname = keys.name AND a.attnum > 0 AND NOT a.attisdropped
        WHERE keys.name IS NOT NULL LOOP
        IF named.atttypid IS NULL THEN
            RAISE EXCEPTION 'column "%" named in % does not exist', named.name, named.kind USING ERRCODE = '42703';
        ELSIF named.atttypid = 4000 THEN
            RAISE EXCEPTION 'column "%" of type super cannot be a %', named.name, named.kind USING ERRCODE = '0A000';
        END IF;
    END LOOP;
END $$;
CREATE FUNCTION pg_internal.check_attributes(relation oid, said jsonb) RETURNS void LANGUAGE plpgsql STABLE
SET search_path = pg_catalog AS $$
DECLARE
    style text := lower(said ->> 'diststyle');
    wrong text := (SELECT min(key) FROM jsonb_each_text(said -> 'encodings') AS encodings (key, value)
        WHERE value <> ALL ('{none,az64,lzo,zstd,auto,bytedict,delta,delta32k,mostly8,mostly16,mostly32,runlength,text255,text32k}'));
BEGIN
    IF style <> ALL ('{auto,even,all,key}') THEN
        RAISE EXCEPTION 'invalid DISTSTYLE "%"', style USING ERRCODE = '42601', HINT = 'give AUTO, EVEN, ALL or KEY';
    ELSIF style IN ('even', 'all') AND said ? 'distkey' THEN
        RAISE EXCEPTION 'DISTSTYLE % cannot be specified with a DISTKEY', upper(style) USING ERRCODE = '42P16';
    ELSIF style = 'key' AND NOT said ? 'distkey' THEN
        RAISE EXCEPTION 'DISTSTYLE KEY must be specified with a DISTKEY' USING ERRCODE = '42P16';
    ELSIF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'invalid encoding type specified for column "%"', wrong USING ERRCODE = '0A000';
    END IF;
    PERFORM pg_internal.check_key_columns(relation, said);
END $$;
-- A table that is no longer distributed by a column has no such column.
CREATE FUNCTION pg_internal.keep_attributes(table_id oid, attributes jsonb) RETURNS void LANGUAGE sql SECURITY DEFINER AS $$
    INSERT INTO pg_internal.table_attributes AS kept VALUES ($1, $2)
    ON CONFLICT (table_id) DO UPDATE SET
        attributes = (kept.attributes - CASE WHEN excluded.attributes ? 'diststyle' THEN 'distkey' ELSE '' END) || excluded.attributes
        || pg_catalog.jsonb_build_object('encodings',
            coalesce(kept.attributes -> 'encodings', '{}') || coalesce(excluded.attributes -> 'encodings', '{}')) $$;
GRANT USAGE ON SCHEMA pg_internal TO PUBLIC;
GRANT SELECT ON pg_internal.table_attributes TO PUBLIC;
-- Names are looked up with the caller's search_path, then written down with the owner's rights.
CREATE FUNCTION pg_catalog.linchpin_keep_attributes(relation text, attributes text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE table_id oid := pg_internal.owned(relation);
BEGIN
    PERFORM pg_internal.check_attributes(table_id, attributes::jsonb);
    PERFORM pg_internal.keep_attributes(table_id, attributes::jsonb);
END $$;

-- CREATE TABLE .. (LIKE parent): distribution, sort keys and encodings are the parent's (documented).
CREATE FUNCTION pg_catalog.linchpin_like_attributes(relation text, parent text) RETURNS void LANGUAGE sql AS $$
    SELECT pg_internal.keep_attributes(pg_internal.owned($1), attributes) FROM pg_internal.table_attributes
    WHERE table_id = $2::regclass $$;
-- RENAME COLUMN: attributes go by name.
CREATE FUNCTION pg_internal.renamed(attributes jsonb, old text, new text) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT attributes
        || CASE WHEN attributes ->> 'distkey' = old THEN pg_catalog.jsonb_build_object('distkey', new) ELSE '{}' END
        || CASE WHEN attributes -> 'sortkey' @> pg_catalog.to_jsonb(old) THEN pg_catalog.jsonb_build_object('sortkey',
               (SELECT pg_catalog.jsonb_agg(CASE key WHEN old THEN new ELSE key END ORDER BY n)
                FROM pg_catalog.jsonb_array_elements_text(attributes -> 'sortkey') WITH ORDINALITY AS keys(key, n))) ELSE '{}' END
        || CASE WHEN attributes -> 'encodings' ? old THEN pg_catalog.jsonb_build_object('encodings',
               (attributes -> 'encodings') - old || pg_catalog.jsonb_build_object(new, attributes -> 'encodings' -> old)) ELSE '{}' END $$;
CREATE FUNCTION pg_internal.rename_attribute(table_id oid, old text, new text) RETURNS void LANGUAGE sql SECURITY DEFINER AS $$
    UPDATE pg_internal.table_attributes a SET attributes = pg_internal.renamed(a.attributes, $2, $3) WHERE a.table_id = $1 $$;
CREATE FUNCTION pg_catalog.linchpin_rename_attribute(relation text, old text, new text) RETURNS void LANGUAGE sql AS
    $$ SELECT pg_internal.rename_attribute(pg_internal.owned($1), $2, $3) $$;
-- Documented: a column that rows are distributed or sorted by cannot be dropped. The wording is inferred.
CREATE FUNCTION pg_catalog.linchpin_refuse_dropped_key(relation text, column_name text) RETURNS void LANGUAGE plpgsql STABLE AS $$
DECLARE kept jsonb := (SELECT attributes FROM pg_internal.table_attributes WHERE table_id = pg_catalog.to_regclass(relation));
BEGIN
    IF kept ->> 'distkey' = column_name THEN
        RAISE EXCEPTION 'cannot drop distkey column "%"', column_name USING ERRCODE = '0A000', HINT = 'ALTER DISTSTYLE first';
    ELSIF kept -> 'sortkey' @> pg_catalog.to_jsonb(column_name) THEN
        RAISE EXCEPTION 'cannot drop sortkey column "%"', column_name USING ERRCODE = '0A000', HINT = 'ALTER SORTKEY first';
    END IF;
END $$;

-- CREATE TABLE IF NOT EXISTS, and what follows only if the table was not there: its keys, and what is kept of it.
CREATE FUNCTION pg_catalog.linchpin_create_if_absent(relation text, statements text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    before oid := pg_catalog.to_regclass(relation);
    statement text;
BEGIN
    EXECUTE statements[1];
    IF pg_catalog.to_regclass(relation) IS DISTINCT FROM before THEN
        FOREACH statement IN ARRAY statements[2:] LOOP
            EXECUTE statement;
        END LOOP;
    END IF;
END $$;

-- One cursor at a time (documented; the wording is inferred). The front's own portals are none.
CREATE FUNCTION pg_internal.is_cursor(name text, statement text) RETURNS boolean LANGUAGE sql IMMUTABLE AS
    $$ SELECT $1 <> 'linchpin' AND $2 ILIKE 'declare%' $$;
CREATE FUNCTION pg_catalog.linchpin_refuse_second_cursor() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_catalog.pg_cursors WHERE pg_internal.is_cursor(name, statement)) THEN
        RAISE EXCEPTION 'only one cursor can be open at a time' USING ERRCODE = '0A000', HINT = 'close the other one first';
    END IF;
END $$;

-- MERGE .. REMOVE DUPLICATES: both tables have the same columns in the same order (documented; the wording is inferred).
CREATE FUNCTION pg_catalog.linchpin_same_columns(target text, source text) RETURNS void LANGUAGE plpgsql STABLE AS $$
DECLARE
    columns constant text := 'SELECT pg_catalog.array_agg(attname || '' '' || atttypid ORDER BY attnum) FROM pg_catalog.pg_attribute
        WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped';
    ours text[];
    theirs text[];
BEGIN
    EXECUTE columns INTO ours USING target::regclass;
    EXECUTE columns INTO theirs USING source::regclass;
    IF ours IS DISTINCT FROM theirs THEN
        RAISE EXCEPTION 'MERGE REMOVE DUPLICATES needs the same columns in the same order in tables % and %', target, source
            USING ERRCODE = '42804';
    END IF;
END $$;

CREATE FUNCTION pg_internal.default_encoding(type oid) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN type IN (16, 700, 701) THEN 'none'
                WHEN type IN (20, 21, 23, 1082, 1083, 1114, 1184, 1266, 1700) THEN 'az64'
                ELSE 'lzo' END $$;
CREATE FUNCTION pg_catalog.linchpin_analyze_compression(relation text)
RETURNS TABLE ("Table" varchar, "Column" varchar, "Encoding" varchar, "Est_reduction_pct" varchar) LANGUAGE sql STABLE AS $$
    SELECT c.relname::varchar, a.attname::varchar, pg_internal.default_encoding(a.atttypid)::varchar, '0.00'::varchar
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.oid = pg_catalog.to_regclass(relation) OR (relation = '' AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace)
    ORDER BY c.relname, a.attnum $$;
