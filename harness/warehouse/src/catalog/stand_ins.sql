-- System relations with nothing behind them: clients ask for them, and find no rows. Columns are documented.
CREATE VIEW pg_catalog.svv_external_databases AS
    SELECT NULL::int AS eskind, NULL::text AS esoptions, NULL::text AS databasename, NULL::text AS location,
           NULL::text AS parameters WHERE false;
CREATE VIEW pg_catalog.svv_external_partitions AS
    SELECT NULL::text AS schemaname, NULL::text AS tablename, NULL::text AS "values", NULL::text AS location,
           NULL::text AS input_format, NULL::text AS output_format, NULL::text AS serialization_lib,
           NULL::text AS serde_parameters, NULL::int AS compressed, NULL::text AS parameters WHERE false;
CREATE VIEW pg_catalog.pg_external_schema AS
    SELECT NULL::oid AS esoid, NULL::int AS eskind, NULL::text AS esdbname, NULL::text AS esoptions WHERE false;
CREATE VIEW pg_catalog.svv_mv_info AS
    SELECT NULL::char(128) AS database_name, NULL::char(128) AS schema_name, NULL::char(128) AS user_name, NULL::char(128) AS name,
           NULL::char(1) AS is_stale, NULL::char(1) AS owner, NULL::int AS state, NULL::char(1) AS autorewrite,
           NULL::char(1) AS autorefresh WHERE false;
CREATE VIEW pg_catalog.stl_error AS
    SELECT NULL::int AS userid, NULL::char(12) AS process, NULL::timestamp AS recordtime, NULL::int AS pid, NULL::int AS errcode,
           NULL::char(90) AS file, NULL::int AS linenum, NULL::char(100) AS context, NULL::char(512) AS error WHERE false;
CREATE VIEW pg_catalog.stl_connection_log AS
    SELECT NULL::char(50) AS event, NULL::timestamp AS recordtime, NULL::char(45) AS remotehost, NULL::char(32) AS remoteport,
           NULL::int AS pid, NULL::char(50) AS dbname, NULL::char(50) AS username, NULL::char(32) AS authmethod, NULL::int AS duration,
           NULL::char(50) AS sslversion, NULL::char(128) AS sslcipher, NULL::int AS mtu, NULL::char(64) AS sslcompression,
           NULL::char(64) AS sslexpansion, NULL::char(36) AS iamauthguid, NULL::char(250) AS application_name WHERE false;
CREATE VIEW pg_catalog.stl_utilitytext AS
    SELECT NULL::int AS userid, NULL::bigint AS xid, NULL::int AS pid, NULL::char(320) AS label, NULL::timestamp AS starttime,
           NULL::timestamp AS endtime, NULL::int AS sequence, NULL::char(200) AS text WHERE false;
CREATE VIEW pg_catalog.stl_ddltext AS SELECT * FROM pg_catalog.stl_utilitytext;
-- Loads and unloads, which the front writes down.
CREATE VIEW pg_catalog.svl_statementtext AS
    SELECT q.userid, q.xid, q.pid, q.label::char(320) AS label, q.starttime, q.endtime, t.sequence, 'QUERY'::varchar(10) AS type, t.text
    FROM pg_internal.seen_queries q JOIN pg_catalog.stl_querytext t USING (query);

-- What is going on.
CREATE VIEW pg_catalog.svv_transactions AS
    SELECT a.usename::text AS txn_owner, a.datname::text AS txn_db, a.backend_xid::text::bigint AS xid, a.pid,
           a.xact_start::timestamp AS txn_start, l.mode::text AS lock_mode,
           CASE l.locktype WHEN 'relation' THEN 'relation' ELSE 'transactionid' END AS lockable_object_type, l.relation::int AS relation, l.granted
    FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a USING (pid)
    WHERE l.locktype IN ('relation', 'transactionid') AND a.backend_type = 'client backend' AND a.application_name <> 'linchpin'
      AND pg_internal.sees(a.usesysid::int);
CREATE VIEW pg_catalog.stv_locks AS
    SELECT l.relation::int AS table_id, NULL::timestamp AS last_commit, NULL::timestamp AS last_update, a.backend_xid::text::bigint AS lock_owner,
           a.pid::bigint AS lock_owner_pid, a.xact_start::timestamp AS lock_owner_start_ts, NULL::timestamp AS lock_owner_end_ts,
           CASE WHEN l.granted THEN 'Holding write lock' ELSE 'Waiting for write lock' END::char(22) AS lock_status
    FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a USING (pid)
    WHERE l.locktype = 'relation' AND l.mode IN ('RowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
      AND a.backend_type = 'client backend' AND a.application_name <> 'linchpin' AND pg_internal.sees(a.usesysid::int);
CREATE VIEW pg_catalog.stv_slices AS
    SELECT 0 AS node, slice, slice AS localslice, 'D'::char(1) AS type FROM pg_catalog.generate_series(0, 3) AS slice;
CREATE VIEW pg_catalog.stv_inflight AS
    SELECT usesysid::int AS userid, 0 AS slice, 0 AS query, 'default'::char(320) AS label, backend_xid::text::bigint AS xid, pid,
           query_start::timestamp AS starttime, query::char(100) AS text, 0 AS suspended, 0 AS insert_pristine,
           0 AS concurrency_scaling_status
    FROM pg_catalog.pg_stat_activity
    WHERE backend_type = 'client backend' AND application_name <> 'linchpin' AND state = 'active' AND pg_internal.sees(usesysid::int);

-- Rights.
CREATE VIEW pg_catalog.svv_relation_privileges AS
    SELECT n.nspname::text AS namespace_name, c.relname::text AS relation_name, a.privilege_type::text AS privilege_type,
           a.grantee::bigint::int AS identity_id,
           CASE a.grantee WHEN 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(a.grantee)::text END AS identity_name,
           CASE WHEN a.grantee = 0 THEN 'public' WHEN r.rolcanlogin THEN 'user' ELSE 'group' END AS identity_type, a.is_grantable AS admin_option
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) a LEFT JOIN pg_catalog.pg_roles r ON r.oid = a.grantee
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_internal', 'pg_toast') AND c.relkind IN ('r', 'v', 'm')
      AND (pg_catalog.pg_has_role(c.relowner, 'USAGE') OR a.grantee = 0 OR pg_catalog.pg_has_role(a.grantee, 'USAGE'));
CREATE VIEW pg_catalog.svv_roles AS
    SELECT oid::bigint::int AS role_id, rolname::text AS role_name, NULL::text AS role_owner, NULL::text AS external_id
    FROM pg_catalog.pg_roles WHERE NOT rolcanlogin AND rolname NOT LIKE 'pg\_%';
CREATE VIEW pg_catalog.svv_user_grants AS
    SELECT u.oid::bigint::int AS user_id, u.rolname::text AS user_name, r.oid::bigint::int AS role_id, r.rolname::text AS role_name,
           m.admin_option
    FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles u ON u.oid = m.member JOIN pg_catalog.pg_roles r ON r.oid = m.roleid
    WHERE u.rolcanlogin AND NOT r.rolcanlogin AND r.rolname NOT LIKE 'pg\_%';
-- PostgreSQL's own roles are no groups.
CREATE OR REPLACE VIEW pg_catalog.pg_group AS
    SELECT rolname AS groname, oid AS grosysid,
           ARRAY(SELECT member FROM pg_catalog.pg_auth_members WHERE roleid = pg_authid.oid) AS grolist
    FROM pg_catalog.pg_authid WHERE NOT rolcanlogin AND rolname NOT LIKE 'pg\_%';
GRANT SELECT ON pg_catalog.svv_external_databases, pg_catalog.svv_external_partitions, pg_catalog.pg_external_schema,
    pg_catalog.svv_mv_info, pg_catalog.stl_error, pg_catalog.stl_connection_log, pg_catalog.stl_utilitytext, pg_catalog.stl_ddltext,
    pg_catalog.svl_statementtext, pg_catalog.svv_transactions, pg_catalog.stv_locks, pg_catalog.stv_slices, pg_catalog.stv_inflight,
    pg_catalog.svv_relation_privileges, pg_catalog.svv_roles, pg_catalog.svv_user_grants TO PUBLIC;
