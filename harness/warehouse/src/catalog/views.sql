-- System relations that clients read. Columns are documented; those with nothing behind them are NULL.
CREATE VIEW pg_internal.user_tables AS
    SELECT c.oid, c.relname, c.relnamespace, c.relowner, c.relkind, c.reltuples, c.relpersistence, n.nspname,
           coalesce(k.attributes, '{}'::jsonb) AS attributes,
           coalesce(k.attributes -> 'sortkey', '[]'::jsonb) AS sortkey
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_internal.table_attributes k ON k.table_id = c.oid
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_internal', 'pg_toast') AND n.nspname NOT LIKE 'pg\_toast%';
CREATE FUNCTION pg_internal.sort_position(sortkey jsonb, name text) RETURNS int LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce((SELECT position::int FROM pg_catalog.jsonb_array_elements_text(sortkey) WITH ORDINALITY AS keys(key, position)
                     WHERE key = name), 0) $$;
-- Of an interleaved sort key, positions are positive and negative in turn (documented).
CREATE FUNCTION pg_internal.signed_position(place int, sortstyle text) RETURNS int LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN sortstyle = 'interleaved' AND place % 2 = 0 THEN -place ELSE place END $$;
CREATE VIEW pg_internal.user_columns AS
    SELECT t.oid AS table_id, t.nspname, t.relname, t.relkind, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull,
           pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
           coalesce(t.attributes ->> 'distkey' = a.attname, false) AS distkey,
           pg_internal.sort_position(t.sortkey, a.attname) AS sort_position, t.attributes ->> 'sortstyle' AS sortstyle,
           coalesce(t.attributes -> 'encodings' ->> a.attname,
                    CASE WHEN pg_internal.sort_position(t.sortkey, a.attname) > 0 THEN 'none'
                         ELSE pg_internal.default_encoding(a.atttypid) END) AS encoding,
           pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS column_default
    FROM pg_internal.user_tables t
    JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE t.relkind IN ('r', 'v', 'm', 'f', 'p');

GRANT SELECT ON pg_internal.user_tables, pg_internal.user_columns TO PUBLIC;

-- Tables in the search_path only (documented).
CREATE VIEW pg_catalog.pg_table_def AS
    SELECT nspname AS schemaname, relname AS tablename, attname AS "column", type, encoding::char(32) AS encoding, distkey,
           pg_internal.signed_position(sort_position, sortstyle) AS sortkey, attnotnull AS "notnull"
    FROM pg_internal.user_columns
    WHERE relkind = 'r' AND nspname = ANY (pg_catalog.current_schemas(true))
      AND pg_catalog.has_table_privilege(table_id, 'SELECT');

CREATE FUNCTION pg_internal.diststyle(attributes jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE pg_catalog.lower(attributes ->> 'diststyle')
        WHEN 'key' THEN 'KEY(' || coalesce(attributes ->> 'distkey', '') || ')'
        WHEN 'even' THEN 'EVEN' WHEN 'all' THEN 'ALL' ELSE 'AUTO(ALL)' END $$;
-- Empty tables are not listed (documented); how many rows there are is what ANALYZE found.
CREATE VIEW pg_catalog.svv_table_info AS
    SELECT pg_catalog.current_database()::text AS database, t.nspname::text AS schema, t.oid AS table_id, t.relname::text AS "table",
           CASE WHEN t.attributes -> 'encodings' IS NULL THEN 'Y, AUTO(ENCODE)' ELSE 'Y' END AS encoded,
           pg_internal.diststyle(t.attributes) AS diststyle,
           CASE WHEN pg_catalog.jsonb_array_length(t.sortkey) = 0 THEN 'AUTO(SORTKEY)'
                WHEN t.attributes ->> 'sortstyle' = 'interleaved' THEN 'INTERLEAVED' ELSE t.sortkey ->> 0 END AS sortkey1,
           (SELECT coalesce(max(atttypmod - 4), 0) FROM pg_internal.user_columns c WHERE c.table_id = t.oid AND atttypid = 1043) AS max_varchar,
           CASE WHEN pg_catalog.jsonb_array_length(t.sortkey) > 0 THEN 'none' END AS sortkey1_enc,
           pg_catalog.jsonb_array_length(t.sortkey) AS sortkey_num,
           greatest(1, pg_catalog.pg_table_size(t.oid) / 1048576) AS size, 0::numeric(10,4) AS pct_used, 0::bigint AS empty,
           0::numeric(5,2) AS unsorted, 0::numeric(5,2) AS stats_off, greatest(t.reltuples, 0)::numeric(38,0) AS tbl_rows,
           NULL::numeric(19,2) AS skew_sortkey1, NULL::numeric(19,2) AS skew_rows,
           greatest(t.reltuples, 0)::numeric(38,0) AS estimated_visible_rows, NULL::text AS risk_event,
           NULL::numeric(12,2) AS vacuum_sort_benefit, NULL::timestamp AS create_time
    FROM pg_internal.user_tables t
    WHERE t.relkind IN ('r', 'm') AND pg_catalog.pg_relation_size(t.oid) > 0 AND pg_catalog.has_table_privilege(t.oid, 'SELECT');

-- Materialized views are views to clients (client source: dbt-redshift), which PostgreSQL's lists leave out.
CREATE OR REPLACE VIEW pg_catalog.pg_views AS
    SELECT n.nspname AS schemaname, c.relname AS viewname, pg_catalog.pg_get_userbyid(c.relowner) AS viewowner,
           (CASE c.relkind WHEN 'm' THEN pg_catalog.format('create materialized view %I.%I as ', n.nspname, c.relname) ELSE '' END
               || pg_catalog.pg_get_viewdef(c.oid)) COLLATE "default" AS definition
    FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('v', 'm');
CREATE VIEW pg_internal.materialized_views AS
    SELECT pg_catalog.current_database() AS catalog, n.nspname, c.relname, c.relowner,
           CASE WHEN pg_catalog.pg_has_role(c.relowner, 'USAGE')
               THEN pg_catalog.format('create materialized view %I.%I as ', n.nspname, c.relname) || pg_catalog.pg_get_viewdef(c.oid) END AS definition,
           CASE k.attributes ->> 'autorefresh' WHEN 'yes' THEN 't' ELSE 'f' END::char(1) AS autorefresh, c.oid
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_internal.table_attributes k ON k.table_id = c.oid
    WHERE c.relkind = 'm' AND (pg_catalog.pg_has_role(c.relowner, 'USAGE') OR pg_catalog.has_table_privilege(c.oid, 'SELECT'));
DO $$
DECLARE
    views text := pg_catalog.rtrim(pg_catalog.pg_get_viewdef('information_schema.views'), ';');
    tables text := pg_catalog.rtrim(pg_catalog.pg_get_viewdef('information_schema.tables'), ';');
    columns text := pg_catalog.replace(pg_catalog.pg_get_viewdef('information_schema.columns'), '''v''::"char", ''f''::"char", ''p''',
        '''v''::"char", ''m''::"char", ''f''::"char", ''p''');
    identified constant text := ' UNION ALL SELECT catalog::information_schema.sql_identifier, nspname::information_schema.sql_identifier, '
        'relname::information_schema.sql_identifier, ';
BEGIN
    EXECUTE 'CREATE OR REPLACE VIEW information_schema.views AS ' || pg_catalog.replace(views, 'linchpin_get_viewdef', 'pg_get_viewdef') || identified
        || 'definition::information_schema.character_data, ''NONE''::information_schema.character_data, '
           '''NO''::information_schema.yes_or_no, ''NO''::information_schema.yes_or_no, ''NO''::information_schema.yes_or_no, '
           '''NO''::information_schema.yes_or_no, ''NO''::information_schema.yes_or_no FROM pg_internal.materialized_views';
    EXECUTE 'CREATE OR REPLACE VIEW information_schema.tables AS ' || tables || identified
        || '''VIEW''::information_schema.character_data, NULL::information_schema.sql_identifier, NULL::information_schema.character_data, '
           'NULL::information_schema.sql_identifier, NULL::information_schema.sql_identifier, NULL::information_schema.sql_identifier, '
           '''NO''::information_schema.yes_or_no, ''NO''::information_schema.yes_or_no, NULL::information_schema.character_data '
           'FROM pg_internal.materialized_views';
    -- Of late-binding views, svv_columns alone has the columns (documented), besides the function for them.
    EXECUTE 'CREATE VIEW pg_internal.columns AS ' || columns;
    EXECUTE 'CREATE OR REPLACE VIEW information_schema.columns AS ' || pg_catalog.replace(columns, '(a.attnum > 0)',
        '(a.attnum > 0) AND (c.oid <> ALL (ARRAY(SELECT view_id FROM pg_internal.late_binding_views)))');
END $$;
CREATE VIEW pg_catalog.svv_tables AS
    SELECT table_catalog::text, table_schema::text, table_name::text,
           CASE table_type WHEN 'LOCAL TEMPORARY' THEN 'BASE TABLE' ELSE table_type END::text AS table_type, NULL::text AS remarks
    FROM information_schema.tables WHERE table_schema <> 'pg_internal';
CREATE VIEW pg_catalog.svv_columns AS
    SELECT table_catalog::text, table_schema::text, table_name::text, column_name::text, ordinal_position::int,
           column_default::text, is_nullable::text, coalesce(domain_name, data_type)::text AS data_type,
           character_maximum_length::int, numeric_precision::int,
           numeric_precision_radix::int, numeric_scale::int, datetime_precision::int, interval_type::text,
           interval_precision::text, character_set_catalog::text, character_set_schema::text, character_set_name::text,
           collation_catalog::text, collation_schema::text, collation_name::text, domain_name::text, NULL::text AS remarks
    FROM pg_internal.columns WHERE table_schema <> 'pg_internal';

CREATE VIEW pg_catalog.svv_redshift_databases AS
    SELECT datname::text AS database_name, datdba::int AS database_owner, 'local'::text AS database_type,
           datacl::text AS database_acl, ''::text AS database_options, 'Snapshot Isolation'::text AS database_isolation_level
    FROM pg_catalog.pg_database WHERE datallowconn AND NOT datistemplate;
CREATE VIEW pg_catalog.svv_redshift_schemas AS
    SELECT pg_catalog.current_database()::text AS database_name, nspname::text AS schema_name, nspowner::int AS schema_owner,
           'local'::text AS schema_type, nspacl::text AS schema_acl, ''::text AS schema_option
    FROM pg_catalog.pg_namespace WHERE nspname <> 'pg_internal' AND nspname NOT LIKE 'pg\_toast%' AND nspname NOT LIKE 'pg\_temp%';
CREATE VIEW pg_catalog.svv_all_schemas AS
    SELECT database_name, schema_name, schema_owner, schema_type, schema_acl, NULL::text AS source_database, schema_option
    FROM pg_catalog.svv_redshift_schemas;
CREATE VIEW pg_catalog.svv_redshift_tables AS
    SELECT pg_catalog.current_database()::text AS database_name, t.nspname::text AS schema_name, t.relname::text AS table_name,
           CASE WHEN t.relkind IN ('v', 'm') THEN 'VIEW' ELSE 'TABLE' END AS table_type, c.relacl::text AS table_acl, NULL::text AS remarks,
           pg_catalog.pg_get_userbyid(t.relowner)::text AS table_owner
    FROM pg_internal.user_tables t JOIN pg_catalog.pg_class c ON c.oid = t.oid
    WHERE t.relkind IN ('r', 'v', 'm') AND pg_catalog.has_table_privilege(t.oid, 'SELECT');
CREATE VIEW pg_catalog.svv_all_tables AS
    SELECT database_name, schema_name, table_name, table_type, table_acl, remarks FROM pg_catalog.svv_redshift_tables;
CREATE VIEW pg_catalog.svv_redshift_columns AS
    SELECT pg_catalog.current_database()::text AS database_name, c.nspname::text AS schema_name, c.relname::text AS table_name,
           c.attname::text AS column_name, c.attnum::int AS ordinal_position, c.type::text AS data_type, c.column_default::text,
           CASE WHEN c.attnotnull THEN 'NO' ELSE 'YES' END AS is_nullable, c.encoding::text, c.distkey, c.sort_position AS sortkey,
           NULL::text AS column_acl, NULL::text AS remarks
    FROM pg_internal.user_columns c WHERE pg_catalog.has_table_privilege(c.table_id, 'SELECT');
CREATE VIEW pg_catalog.svv_all_columns AS
    SELECT i.table_catalog::text AS database_name, i.table_schema::text AS schema_name, i.table_name::text, i.column_name::text,
           i.ordinal_position::int, i.column_default::text, i.is_nullable::text,
           coalesce(i.domain_name, i.data_type)::text AS data_type,
           i.character_maximum_length::int, i.numeric_precision::int, i.numeric_scale::int, NULL::text AS remarks
    FROM pg_internal.columns i WHERE i.table_schema <> 'pg_internal';
CREATE VIEW pg_catalog.svv_external_schemas AS
    SELECT NULL::oid AS esoid, NULL::smallint AS eskind, NULL::text AS schemaname, NULL::int AS esowner,
           NULL::text AS databasename, NULL::text AS esoptions WHERE false;
CREATE VIEW pg_catalog.svv_external_tables AS
    SELECT NULL::text AS redshift_database_name, NULL::text AS schemaname, NULL::text AS tablename, NULL::text AS tabletype,
           NULL::text AS location, NULL::text AS input_format, NULL::text AS output_format, NULL::text AS serialization_lib,
           NULL::text AS serde_parameters, NULL::int AS compressed, NULL::text AS parameters WHERE false;
CREATE VIEW pg_catalog.svv_external_columns AS
    SELECT NULL::text AS redshift_database_name, NULL::text AS schemaname, NULL::text AS tablename, NULL::text AS columnname,
           NULL::text AS external_type, NULL::int AS columnnum, NULL::int AS part_key, NULL::text AS is_nullable WHERE false;

CREATE VIEW pg_catalog.stv_sessions AS
    SELECT backend_start::timestamp AS starttime, pid AS process, usename::char(50) AS user_name, datname::char(50) AS db_name,
           0 AS timeout_sec
    FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend' AND application_name <> 'linchpin';
CREATE VIEW pg_catalog.stv_recents AS
    SELECT usesysid::int AS userid, CASE state WHEN 'active' THEN 'Running' ELSE 'Done' END::char(20) AS status,
           query_start::timestamp AS starttime,
           (pg_catalog.linchpin_extract('epoch', CASE state WHEN 'active' THEN pg_catalog.clock_timestamp() ELSE state_change END - query_start) * 1000000)::int
               AS duration,
           usename::char(50) AS user_name, datname::char(50) AS db_name, query::char(600) AS query, pid
    FROM pg_catalog.pg_stat_activity
    WHERE backend_type = 'client backend' AND application_name <> 'linchpin' AND query_start IS NOT NULL
      AND pg_internal.sees(usesysid::int);
-- All rows are in one slice.
CREATE FUNCTION pg_internal.row_count(relation oid) RETURNS bigint LANGUAGE plpgsql STABLE AS $$
DECLARE counted bigint;
BEGIN
    EXECUTE pg_catalog.format('SELECT count(*) FROM %s', relation::regclass) INTO counted;
    RETURN counted;
END $$;
CREATE VIEW pg_catalog.stv_tbl_perm AS
    SELECT 0 AS slice, t.oid::int AS id, t.relname::char(72) AS name, pg_internal.row_count(t.oid) AS rows,
           pg_internal.row_count(t.oid) AS sorted_rows, CASE t.relpersistence WHEN 't' THEN 1 ELSE 0 END AS temp,
           (SELECT oid::int FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()) AS db_id,
           0 AS insert_pristine, 0 AS delete_pristine,
           CASE WHEN pg_catalog.lower(t.attributes ->> 'backup') = 'no' THEN 0 ELSE 1 END AS backup,
           CASE pg_catalog.lower(t.attributes ->> 'diststyle') WHEN 'even' THEN 0 WHEN 'key' THEN 1 WHEN 'all' THEN 8 ELSE 10 END AS dist_style,
           pg_catalog.pg_table_size(t.oid) / 1048576 AS block_count
    FROM pg_internal.user_tables t WHERE t.relkind = 'r' AND pg_catalog.has_table_privilege(t.oid, 'SELECT');
CREATE VIEW pg_catalog.pg_proc_info AS
    SELECT oid AS prooid, proname, pronamespace, proowner, prolang, prosecdef, proisstrict, proretset, provolatile, pronargs,
           prorettype, proargtypes, proargmodes, proargnames, proallargtypes, prosrc, probin, proacl, proconfig, prokind,
           prokind = 'a' AS proisagg, false AS proiswindow
    FROM pg_catalog.pg_proc;
CREATE VIEW pg_catalog.pg_user_info AS
    SELECT usename, usesysid, usecreatedb, usesuper, usecatupd, passwd, valuntil, useconfig, 'UNLIMITED'::text AS useconnlimit
    FROM (SELECT u.*, u.usesuper AS usecatupd FROM pg_catalog.pg_user u) AS users;
CREATE FUNCTION pg_catalog.pg_get_late_binding_view_cols() RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER AS $$
    SELECT c.nspname, c.relname, c.attname, c.type::varchar, c.attnum::int
    FROM pg_internal.user_columns c JOIN pg_internal.late_binding_views v ON v.view_id = c.table_id
    ORDER BY c.nspname, c.relname, c.attnum $$;
GRANT SELECT ON pg_catalog.pg_table_def, pg_catalog.svv_table_info, pg_catalog.svv_tables, pg_catalog.svv_columns,
    pg_catalog.svv_redshift_databases, pg_catalog.svv_redshift_schemas, pg_catalog.svv_redshift_tables,
    pg_catalog.svv_redshift_columns, pg_catalog.svv_all_schemas, pg_catalog.svv_all_tables, pg_catalog.svv_all_columns,
    pg_catalog.svv_external_schemas, pg_catalog.svv_external_tables, pg_catalog.svv_external_columns,
    pg_catalog.stv_sessions, pg_catalog.stv_recents, pg_catalog.stv_tbl_perm, pg_catalog.pg_proc_info, pg_catalog.pg_user_info
    TO PUBLIC;

-- What Redshift's pg_class and pg_attribute have more: the front puts these views in their place. Redshift has no sequences, and
-- the columns of late-binding views elsewhere. Encodings have numbers of the front's own, which only format_encoding() reads.
CREATE FUNCTION pg_catalog.format_encoding(encoding int) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT coalesce(('{none,az64,lzo,zstd,raw,bytedict,delta,delta32k,mostly8,mostly16,mostly32,runlength,text255,text32k}'::text[])[encoding + 1], 'none') $$;
CREATE VIEW pg_internal.pg_class AS
    SELECT c.*, CASE pg_catalog.lower(k.attributes ->> 'diststyle') WHEN 'even' THEN 0 WHEN 'key' THEN 1 WHEN 'all' THEN 8 ELSE 9 END AS reldiststyle,
           CASE pg_catalog.lower(k.attributes ->> 'diststyle') WHEN 'even' THEN 0 WHEN 'key' THEN 1 WHEN 'all' THEN 8 ELSE 10 END AS releffectivediststyle,
           false AS relhasoids, c.tableoid, c.xmin
    FROM pg_catalog.pg_class c LEFT JOIN pg_internal.table_attributes k ON k.table_id = c.oid WHERE c.relkind <> 'S';
CREATE VIEW pg_internal.pg_attribute AS
    SELECT a.attrelid, a.attname, a.atttypid, a.attstattarget, a.attlen, a.attnum, a.attndims, a.atttypmod, a.attbyval,
           a.attstorage, a.attalign, a.attnotnull, a.atthasdef, a.attidentity, a.attgenerated, a.attisdropped, a.attislocal,
           a.attinhcount, a.attcollation, a.attacl, a.attoptions,
           coalesce(k.attributes ->> 'distkey' = a.attname, false) AS attisdistkey,
           pg_internal.signed_position(pg_internal.sort_position(coalesce(k.attributes -> 'sortkey', '[]'), a.attname),
                                       k.attributes ->> 'sortstyle') AS attsortkeyord,
           coalesce(pg_catalog.array_position('{none,az64,lzo,zstd,raw,bytedict,delta,delta32k,mostly8,mostly16,mostly32,runlength,text255,text32k}'::text[],
                    coalesce(k.attributes -> 'encodings' ->> a.attname, pg_internal.default_encoding(a.atttypid))), 1) - 1 AS attencodingtype,
           a.tableoid, a.xmin
    FROM pg_catalog.pg_attribute a LEFT JOIN pg_internal.table_attributes k ON k.table_id = a.attrelid
    WHERE a.attnum < 0 OR a.attrelid <> ALL (ARRAY(SELECT view_id FROM pg_internal.late_binding_views));
-- Identity columns have a default there, in this form (client source: sqlalchemy-redshift).
CREATE VIEW pg_internal.pg_attrdef AS
    SELECT d.*, pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS adsrc FROM pg_catalog.pg_attrdef d
    UNION ALL
    SELECT NULL::oid, a.attrelid, a.attnum, NULL::pg_node_tree, pg_catalog.format('"identity"(%s, 0, ''%s,%s''::text)', a.attrelid, s.seqstart, s.seqincrement)
    FROM pg_catalog.pg_attribute a
    JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
        AND d.classid = 'pg_catalog.pg_class'::regclass AND d.deptype = 'i'
    JOIN pg_catalog.pg_sequence s ON s.seqrelid = d.objid
    WHERE a.attidentity <> '';
-- psql asks servers of that version so.
CREATE VIEW pg_internal.pg_proc AS SELECT p.*, p.prokind = 'a' AS proisagg, p.prokind = 'w' AS proiswindow FROM pg_catalog.pg_proc p;
GRANT SELECT ON pg_internal.pg_class, pg_internal.pg_attrdef, pg_internal.pg_attribute, pg_internal.pg_proc TO PUBLIC;
