-- ALTER TABLE .. APPEND FROM: columns go by name, and tables and columns must agree (documented; the wording is inferred).
CREATE FUNCTION pg_internal.expect_same_storage(target oid, source oid) RETURNS void LANGUAGE plpgsql STABLE AS $$
DECLARE wrong text;
BEGIN
    SELECT pg_catalog.min(said.attribute) INTO wrong FROM (VALUES ('distribution style', 'diststyle'), ('distribution key', 'distkey'),
        ('sort style', 'sortstyle'), ('sort keys', 'sortkey')) AS said (attribute, key)
    WHERE (SELECT nullif(nullif(attributes -> said.key, '[]'), '"auto"') FROM pg_internal.table_attributes WHERE table_id = target) IS DISTINCT FROM
          (SELECT nullif(nullif(attributes -> said.key, '[]'), '"auto"') FROM pg_internal.table_attributes WHERE table_id = source);
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'the source and the target table have different %', wrong USING ERRCODE = '42P16';
    END IF;
    SELECT pg_catalog.format('column "%s" of the source and the target table has different %s', attname, CASE
        WHEN t.type <> s.type THEN 'types' WHEN t.encoding <> s.encoding THEN 'encodings' ELSE 'NOT NULL attributes' END) INTO wrong
    FROM pg_internal.user_columns t JOIN pg_internal.user_columns s USING (attname)
    WHERE t.table_id = target AND s.table_id = source
      AND (t.type, t.encoding, t.attnotnull) IS DISTINCT FROM (s.type, s.encoding, s.attnotnull) LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION '%', wrong USING ERRCODE = '42P16';
    END IF;
END $$;
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
    PERFORM pg_internal.expect_same_storage(target::regclass, source::regclass);
    EXECUTE pg_catalog.format('INSERT INTO %s (%s) SELECT %s FROM %s', target, shared, shared, source);
    EXECUTE pg_catalog.format('TRUNCATE %s', source);
END $$;
