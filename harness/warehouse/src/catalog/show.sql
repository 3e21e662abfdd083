-- What SHOW lists (`sql/show.rs`). Columns of DATABASES, SCHEMAS, TABLES, COLUMNS and GRANTS are documented, those of the others client
-- source (redshift_connector); of GRANTS the order is inferred.
CREATE FUNCTION pg_internal.expect_this_database(name text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF name <> pg_catalog.current_database() THEN
        RAISE EXCEPTION 'SHOW of another database (%) is not carried out by linchpin', name USING ERRCODE = '0A000';
    END IF;
    RETURN true;
END $$;
CREATE FUNCTION pg_internal.shown_schema(database text, schema text) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM pg_internal.expect_this_database(database);
    RETURN (SELECT nspname FROM pg_catalog.pg_namespace WHERE oid = pg_catalog.quote_ident(schema)::regnamespace);
END $$;
CREATE FUNCTION pg_internal.shown_relation(database text, schema text, name text) RETURNS oid LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM pg_internal.expect_this_database(database);
    RETURN pg_catalog.concat_ws('.', pg_catalog.quote_ident(schema), pg_catalog.quote_ident(name))::regclass;
END $$;

CREATE FUNCTION pg_internal.show_databases() RETURNS TABLE (database_name text, database_owner int, database_type text, database_acl text,
    parameters text, database_isolation_level text) LANGUAGE sql STABLE AS $$
    SELECT database_name, database_owner, database_type, database_acl, database_options, database_isolation_level
    FROM pg_catalog.svv_redshift_databases ORDER BY 1 $$;
CREATE FUNCTION pg_internal.show_schemas(database text) RETURNS TABLE (database_name text, schema_name text, schema_owner int, schema_type text,
    schema_acl text, source_database text, schema_option text) LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM pg_internal.expect_this_database(database);
    RETURN QUERY SELECT * FROM pg_catalog.svv_all_schemas ORDER BY 2;
END $$;
CREATE FUNCTION pg_internal.show_tables(database text, schema text) RETURNS TABLE (database_name text, schema_name text, table_name text,
    table_type text, table_acl text, remarks text, owner text, last_altered_time timestamp, last_modified_time timestamp, dist_style text,
    table_subtype text) LANGUAGE sql STABLE AS $$
    SELECT s.database_name, s.schema_name, s.table_name, s.table_type, s.table_acl, s.remarks, s.table_owner, NULL::timestamp, NULL::timestamp,
           CASE WHEN t.relkind = 'r' THEN pg_internal.diststyle(t.attributes) END,
           CASE t.relkind WHEN 'v' THEN CASE WHEN l.view_id IS NULL THEN 'REGULAR VIEW' ELSE 'LATE BINDING VIEW' END
                          WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'REGULAR TABLE' END
    FROM pg_catalog.svv_redshift_tables s JOIN pg_internal.user_tables t ON t.nspname = s.schema_name AND t.relname = s.table_name
    LEFT JOIN pg_internal.late_binding_views l ON l.view_id = t.oid
    WHERE s.schema_name = pg_internal.shown_schema($1, $2) AND t.relkind IN ('r', 'v', 'm') ORDER BY 3 $$;
CREATE FUNCTION pg_internal.show_columns(database text, schema text, name text) RETURNS TABLE (database_name text, schema_name text,
    table_name text, column_name text, ordinal_position int, column_default text, is_nullable text, data_type text,
    character_maximum_length int, numeric_precision int, numeric_scale int, remarks text, sort_key_type text, sort_key int, dist_key int,
    encoding text, collation text) LANGUAGE sql STABLE AS $$
    SELECT a.database_name, a.schema_name, a.table_name, a.column_name, a.ordinal_position, a.column_default, a.is_nullable, a.data_type,
           a.character_maximum_length, a.numeric_precision, a.numeric_scale, a.remarks,
           CASE WHEN c.sort_position > 0 THEN pg_catalog.upper(coalesce(c.sortstyle, 'compound')) END, c.sort_position,
           CASE WHEN c.distkey THEN 1 ELSE 0 END, c.encoding, NULL::text
    FROM pg_internal.user_columns c
    JOIN pg_catalog.svv_all_columns a ON a.schema_name = c.nspname AND a.table_name = c.relname AND a.column_name = c.attname
    WHERE c.table_id = pg_internal.shown_relation($1, $2, $3) ORDER BY 5 $$;

CREATE VIEW pg_internal.grants AS
    SELECT pg_catalog.current_database()::text AS database_name, n.nspname::text AS schema_name, c.relname::text AS object_name,
           CASE c.relkind WHEN 'r' THEN 'TABLE' ELSE 'VIEW' END AS object_type, c.oid AS object, c.relowner AS owner, a.*
    FROM pg_catalog.pg_class c JOIN pg_internal.user_schemas n ON n.oid = c.relnamespace CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) a
    WHERE c.relkind IN ('r', 'v', 'm')
    UNION ALL
    SELECT pg_catalog.current_database(), n.nspname, n.nspname, 'SCHEMA', n.oid, n.nspowner, a.*
    FROM pg_internal.user_schemas n CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) a
    UNION ALL
    SELECT d.datname, NULL, d.datname, 'DATABASE', d.oid, d.datdba, a.*
    FROM pg_catalog.pg_database d CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) a
    WHERE d.datname = pg_catalog.current_database() AND a.privilege_type <> 'CONNECT';
CREATE VIEW pg_internal.shown_grants AS
    SELECT g.object, g.database_name, g.schema_name, g.object_name, g.object_type,
           CASE g.privilege_type WHEN 'TEMPORARY' THEN 'TEMP' ELSE g.privilege_type END::text AS privilege_type, i.identity_id, i.identity_name,
           i.identity_type, g.is_grantable AS admin_option, g.object_type AS privilege_scope, pg_catalog.pg_get_userbyid(g.grantor)::text AS grantor_name
    FROM pg_internal.grants g JOIN pg_internal.identities i ON i.identity = g.grantee WHERE pg_internal.concerns(g.owner, g.grantee);
GRANT SELECT ON pg_internal.grants, pg_internal.shown_grants TO PUBLIC;
DO $$
DECLARE shown record;
BEGIN
    FOR shown IN SELECT * FROM (VALUES ('show_grants', '', 'true'),
        ('show_database_grants', 'database text', 'object_type = ''DATABASE'' AND pg_internal.expect_this_database($1)'),
        ('show_schema_grants', 'database text, schema text', 'object_type = ''SCHEMA'' AND object_name = pg_internal.shown_schema($1, $2)'),
        ('show_table_grants', 'database text, schema text, name text', 'object = pg_internal.shown_relation($1, $2, $3)'))
        AS functions (name, arguments, condition) LOOP
        EXECUTE pg_catalog.format('CREATE FUNCTION pg_internal.%s(%s) RETURNS TABLE (database_name text, schema_name text, object_name text, '
            'object_type text, privilege_type text, identity_id int, identity_name text, identity_type text, admin_option boolean, '
            'privilege_scope text, grantor_name text) LANGUAGE sql STABLE AS %L', shown.name, shown.arguments,
            'SELECT database_name, schema_name, object_name, object_type, privilege_type, identity_id, identity_name, identity_type, admin_option, '
            'privilege_scope, grantor_name FROM pg_internal.shown_grants WHERE ' || shown.condition || ' ORDER BY 3, 7, 5');
    END LOOP;
END $$;

-- Procedures and functions: SHOW PROCEDURES and SHOW FUNCTIONS differ in one name.
DO $$
DECLARE kind text;
BEGIN
    FOREACH kind IN ARRAY '{procedure,function}'::text[] LOOP
        EXECUTE pg_catalog.format('CREATE FUNCTION pg_internal.show_%1$ss(database text, schema text) RETURNS TABLE (database_name text, '
            'schema_name text, %1$s_name text, number_of_arguments int, argument_list text, return_type text, remarks text) '
            'LANGUAGE sql STABLE AS %2$L', kind, pg_catalog.format(
            'SELECT pg_catalog.current_database()::text, n.nspname::text, p.proname::text, p.pronargs::int, '
            'pg_catalog.oidvectortypes(p.proargtypes)::text, CASE p.prokind WHEN ''f'' THEN pg_catalog.format_type(p.prorettype, NULL) END, NULL::text '
            'FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace '
            'WHERE p.prokind = %L AND n.nspname = pg_internal.shown_schema($1, $2) ORDER BY 3, 5', pg_catalog.left(kind, 1)));
    END LOOP;
END $$;

CREATE FUNCTION pg_internal.show_primary_keys(database text, schema text, name text) RETURNS TABLE (database_name text, schema_name text,
    table_name text, column_name text, key_seq int, pk_name text) LANGUAGE sql STABLE AS $$
    SELECT pg_catalog.current_database()::text, n.nspname::text, t.relname::text, a.attname::text, key.place::int, c.conname::text
    FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_class t ON t.oid = c.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
    CROSS JOIN LATERAL pg_catalog.unnest(c.conkey) WITH ORDINALITY AS key (number, place)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = key.number
    WHERE c.contype = 'p' AND t.oid = pg_internal.shown_relation($1, $2, $3) ORDER BY 5 $$;
-- Neither rule is enforced: no action (3), not deferrable (7), as JDBC numbers them.
CREATE VIEW pg_internal.foreign_keys AS
    SELECT c.conrelid, c.confrelid, pg_catalog.current_database()::text AS pk_database_name, pn.nspname::text AS pk_schema_name,
           p.relname::text AS pk_table_name, pa.attname::text AS pk_column_name, pg_catalog.current_database()::text AS fk_database_name,
           fn.nspname::text AS fk_schema_name, f.relname::text AS fk_table_name, fa.attname::text AS fk_column_name, key.place::int AS key_seq,
           3 AS update_rule, 3 AS delete_rule, c.conname::text AS fk_name, i.relname::text AS pk_name, 7 AS deferrability
    FROM pg_catalog.pg_constraint c
    JOIN pg_catalog.pg_class f ON f.oid = c.conrelid JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace
    JOIN pg_catalog.pg_class p ON p.oid = c.confrelid JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
    LEFT JOIN pg_catalog.pg_class i ON i.oid = c.conindid
    CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(c.conkey), pg_catalog.unnest(c.confkey)) WITH ORDINALITY AS key (number, referenced, place)
    JOIN pg_catalog.pg_attribute fa ON fa.attrelid = f.oid AND fa.attnum = key.number
    JOIN pg_catalog.pg_attribute pa ON pa.attrelid = p.oid AND pa.attnum = key.referenced WHERE c.contype = 'f';
GRANT SELECT ON pg_internal.foreign_keys TO PUBLIC;
DO $$
DECLARE shown record;
BEGIN
    FOR shown IN SELECT * FROM (VALUES ('show_foreign_keys', 'conrelid'), ('show_exported_keys', 'confrelid')) AS functions (name, side) LOOP
        EXECUTE pg_catalog.format('CREATE FUNCTION pg_internal.%s(database text, schema text, name text) RETURNS TABLE (pk_database_name text, '
            'pk_schema_name text, pk_table_name text, pk_column_name text, fk_database_name text, fk_schema_name text, fk_table_name text, '
            'fk_column_name text, key_seq int, update_rule int, delete_rule int, fk_name text, pk_name text, deferrability int) '
            'LANGUAGE sql STABLE AS %L', shown.name, pg_catalog.format(
            'SELECT pk_database_name, pk_schema_name, pk_table_name, pk_column_name, fk_database_name, fk_schema_name, fk_table_name, '
            'fk_column_name, key_seq, update_rule, delete_rule, fk_name, pk_name, deferrability FROM pg_internal.foreign_keys '
            'WHERE %s = pg_internal.shown_relation($1, $2, $3) ORDER BY fk_name, key_seq', shown.side));
    END LOOP;
END $$;

-- SHOW TABLE and SHOW VIEW: statements that make the same again (documented; how lines are broken is inferred).
CREATE FUNCTION pg_internal.column_definition(relation oid, number smallint) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT pg_catalog.format('%I %s', c.attname, c.type)
        || CASE WHEN i.adsrc LIKE '"identity"%' THEN CASE a.attidentity WHEN 'd' THEN ' GENERATED BY DEFAULT AS' ELSE '' END
                    || ' IDENTITY(' || pg_catalog.split_part(i.adsrc, '''', 2) || ')'
                WHEN c.column_default IS NOT NULL THEN ' DEFAULT ' || c.column_default ELSE '' END
        || CASE WHEN c.attnotnull THEN ' NOT NULL' ELSE '' END
        || CASE c.encoding WHEN 'none' THEN ' ENCODE raw' ELSE ' ENCODE ' || c.encoding END
    FROM pg_internal.user_columns c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.table_id AND a.attnum = c.attnum
    LEFT JOIN pg_internal.pg_attrdef i ON i.adrelid = c.table_id AND i.adnum = c.attnum
    WHERE c.table_id = $1 AND c.attnum = $2 $$;
CREATE FUNCTION pg_internal.storage_clauses(attributes jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT pg_catalog.concat_ws(E'\n', 'DISTSTYLE ' || pg_catalog.upper(coalesce(attributes ->> 'diststyle', CASE WHEN attributes ? 'distkey' THEN 'key' ELSE 'auto' END)),
        'DISTKEY (' || pg_catalog.quote_ident(attributes ->> 'distkey') || ')',
        CASE WHEN pg_catalog.jsonb_array_length(attributes -> 'sortkey') > 0 THEN
            CASE attributes ->> 'sortstyle' WHEN 'interleaved' THEN 'INTERLEAVED ' ELSE '' END || 'SORTKEY ('
            || (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(key), ', ' ORDER BY place)
                FROM pg_catalog.jsonb_array_elements_text(attributes -> 'sortkey') WITH ORDINALITY AS keys (key, place)) || ')' END) $$;
CREATE FUNCTION pg_internal.show_table(database text, schema text, name text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    relation oid := pg_internal.shown_relation(database, schema, name);
    shown record;
    lines text;
BEGIN
    SELECT t.nspname, t.relname, t.relkind, t.attributes INTO shown FROM pg_internal.user_tables t WHERE t.oid = relation;
    IF shown.relkind IS DISTINCT FROM 'r' THEN
        RAISE EXCEPTION '"%" is not a table', name USING ERRCODE = '42809';
    ELSIF NOT pg_catalog.has_table_privilege(relation, 'SELECT') THEN
        RAISE EXCEPTION 'permission denied for relation %', name USING ERRCODE = '42501';
    END IF;
    SELECT pg_catalog.string_agg('    ' || line, E',\n' ORDER BY place) INTO lines FROM (
        SELECT pg_internal.column_definition(relation, attnum) AS line, attnum::int AS place FROM pg_internal.user_columns WHERE table_id = relation
        UNION ALL
        SELECT pg_catalog.pg_get_constraintdef(oid), 10000 + oid::int FROM pg_catalog.pg_constraint WHERE conrelid = relation AND contype IN ('p', 'u', 'f')) AS parts;
    RETURN pg_catalog.format(E'CREATE TABLE %I.%I (\n%s\n)\n%s;', shown.nspname, shown.relname,
        pg_catalog.replace(lines, ' DEFERRABLE', ''), pg_internal.storage_clauses(shown.attributes));
END $$;
CREATE FUNCTION pg_internal.show_view(database text, schema text, name text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    relation oid := pg_internal.shown_relation(database, schema, name);
    shown record;
BEGIN
    SELECT v.schemaname, v.viewname, pg_catalog.btrim(v.definition, E' \n;') AS definition, l.view_id INTO shown
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_views v ON v.schemaname = n.nspname AND v.viewname = c.relname
    LEFT JOIN pg_internal.late_binding_views l ON l.view_id = c.oid WHERE c.oid = relation;
    IF shown IS NULL OR shown.viewname IS NULL THEN
        RAISE EXCEPTION '"%" is not a view', name USING ERRCODE = '42809';
    ELSIF NOT pg_catalog.has_table_privilege(relation, 'SELECT') THEN
        RAISE EXCEPTION 'permission denied for relation %', name USING ERRCODE = '42501';
    END IF;
    -- Those that are kept as they were given are whole statements.
    RETURN CASE WHEN shown.definition ~* '^create' THEN shown.definition
                ELSE pg_catalog.format('CREATE VIEW %I.%I AS %s', shown.schemaname, shown.viewname, shown.definition) END || ';';
END $$;
