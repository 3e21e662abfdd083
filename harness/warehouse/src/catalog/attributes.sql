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
CREATE FUNCTION pg_internal.keep_attributes(table_id oid, attributes jsonb) RETURNS void LANGUAGE sql SECURITY DEFINER AS $$
    INSERT INTO pg_internal.table_attributes AS kept VALUES ($1, $2)
    ON CONFLICT (table_id) DO UPDATE SET attributes = kept.attributes || excluded.attributes
        || pg_catalog.jsonb_build_object('encodings',
            coalesce(kept.attributes -> 'encodings', '{}') || coalesce(excluded.attributes -> 'encodings', '{}')) $$;
GRANT USAGE ON SCHEMA pg_internal TO PUBLIC;
GRANT SELECT ON pg_internal.table_attributes TO PUBLIC;
-- Names are looked up with the caller's search_path, then written down with the owner's rights.
CREATE FUNCTION pg_catalog.linchpin_keep_attributes(relation text, attributes text) RETURNS void LANGUAGE sql AS
    $$ SELECT pg_internal.keep_attributes(pg_internal.owned($1), $2::jsonb) $$;

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

-- ALTER TABLE .. APPEND FROM: columns go by name.
CREATE FUNCTION pg_catalog.linchpin_append(target text, source text, ignore_extra boolean, fill_target boolean)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    shared text;
    extra text;
    missing text;
BEGIN
    SELECT pg_catalog.string_agg(pg_catalog.quote_ident(s.attname), ', ' ORDER BY s.attnum) FILTER (WHERE t.attname IS NOT NULL),
           pg_catalog.min(s.attname) FILTER (WHERE t.attname IS NULL),
           pg_catalog.min(t.attname) FILTER (WHERE s.attname IS NULL)
    INTO shared, extra, missing
    FROM (SELECT * FROM pg_catalog.pg_attribute WHERE attrelid = source::regclass AND attnum > 0 AND NOT attisdropped) s
    FULL JOIN (SELECT * FROM pg_catalog.pg_attribute WHERE attrelid = target::regclass AND attnum > 0 AND NOT attisdropped) t
        USING (attname);
    IF extra IS NOT NULL AND NOT ignore_extra THEN
        RAISE EXCEPTION 'column "%" of the source table is not in the target table', extra
            USING ERRCODE = '42P16', HINT = 'specify IGNOREEXTRA';
    END IF;
    IF missing IS NOT NULL AND NOT fill_target THEN
        RAISE EXCEPTION 'column "%" of the target table is not in the source table', missing
            USING ERRCODE = '42P16', HINT = 'specify FILLTARGET';
    END IF;
    EXECUTE pg_catalog.format('INSERT INTO %s (%s) SELECT %s FROM %s', target, shared, shared, source);
    EXECUTE pg_catalog.format('TRUNCATE %s', source);
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
