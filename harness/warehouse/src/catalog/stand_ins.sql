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
-- Materialized views are made anew as a whole (state 0). One is stale when its query has other rows by now; Redshift tells by what was
-- written, so a change that leaves the rows as they are makes it stale there and not here. Who does not ask for it does not wait for it.
CREATE FUNCTION pg_internal.is_stale(view oid) RETURNS char(1) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
    query text := rtrim(pg_get_viewdef(view), ';');
    stale boolean;
BEGIN
    EXECUTE format('SELECT EXISTS ((TABLE %1$s EXCEPT ALL (%2$s)) UNION ALL ((%2$s) EXCEPT ALL TABLE %1$s))', view::regclass, query) INTO stale;
    RETURN CASE WHEN stale THEN 't' ELSE 'f' END;
END $$;
CREATE VIEW pg_catalog.svv_mv_info AS
    SELECT catalog::char(128) AS database_name, nspname::char(128) AS schema_name,
           pg_catalog.pg_get_userbyid(relowner)::char(128) AS user_name, relname::char(128) AS name, pg_internal.is_stale(oid)::char(1) AS is_stale,
           NULL::char(1) AS owner, 0 AS state, 'f'::char(1) AS autorewrite, autorefresh
    FROM pg_internal.materialized_views;
CREATE VIEW pg_catalog.stv_mv_info AS
    SELECT catalog::char(128) AS db_name, nspname::char(128) AS schema, relname::char(128) AS name, NULL::bigint AS updated_upto_xid,
           pg_internal.is_stale(oid)::char(1) AS is_stale, pg_catalog.pg_get_userbyid(relowner)::char(128) AS owner_user_name, 0 AS state, autorefresh,
           'f'::char(1) AS autorewrite
    FROM pg_internal.materialized_views;
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

GRANT SELECT ON pg_catalog.svv_external_databases, pg_catalog.svv_external_partitions, pg_catalog.pg_external_schema,
    pg_catalog.svv_mv_info, pg_catalog.stl_error, pg_catalog.stl_connection_log, pg_catalog.stl_utilitytext, pg_catalog.stl_ddltext,
    pg_catalog.svl_statementtext, pg_catalog.svv_transactions, pg_catalog.stv_locks, pg_catalog.stv_slices, pg_catalog.stv_inflight TO PUBLIC;

-- More with nothing behind them.
DO $$
DECLARE relation record;
BEGIN
    FOR relation IN SELECT * FROM (VALUES
        ('sys_query_detail', 'user_id int, query_id bigint, child_query_sequence int, stream_id int, segment_id int, step_id int, step_name text, '
            'table_id int, table_name char(136), is_rrscan char(1), start_time timestamp, end_time timestamp, duration bigint, alert text, '
            'input_bytes bigint, input_rows bigint, output_bytes bigint, output_rows bigint, blocks_read bigint, blocks_write bigint, '
            'local_read_io bigint, remote_read_io bigint, source text, data_skewness int, time_skewness int, is_active char(1), '
            'spilled_block_local_disk bigint, spilled_block_remote_disk bigint, step_attribute char(64)'),
        ('stl_wlm_query', 'userid int, xid int, task int, query int, service_class int, slot_count int, service_class_start_time timestamp, '
            'queue_start_time timestamp, queue_end_time timestamp, total_queue_time bigint, exec_start_time timestamp, exec_end_time timestamp, '
            'total_exec_time bigint, service_class_end_time timestamp, final_state char(16), est_peak_mem bigint, query_priority char(20), '
            'service_class_name char(64)'),
        ('stl_scan', 'userid int, query int, slice int, segment int, step int, starttime timestamp, endtime timestamp, tasknum int, rows bigint, '
            'bytes bigint, fetches bigint, type int, tbl int, is_rrscan char(1), is_delayed_scan char(1), rows_pre_filter bigint, '
            'rows_pre_user_filter bigint, perm_table_name char(136), is_rlf_scan char(1), is_rlf_scan_reason int, num_em_blocks int, '
            'checksum bigint, runtime_filtering char(1), scan_region int, num_sortkey_as_predicate int, row_fetcher_state int, '
            'consumed_scan_ranges bigint, work_stealing_reason bigint, is_vectorized_scan char(1), is_vectorized_scan_reason int, '
            'row_fetcher_reason bigint, topology_signature bigint, use_tpm_partition char(1), is_rrscan_expr char(1)'),
        ('stl_insert', 'userid int, query int, slice int, segment int, step int, starttime timestamp, endtime timestamp, tasknum int, rows bigint, '
            'tbl int, inserted_mega_value char(1), use_staging_table char(1)'),
        ('stl_tr_conflict', 'xact_id bigint, process_id bigint, xact_start_ts timestamp, abort_time timestamp, table_id bigint'),
        ('stl_s3client', 'userid int, query int, slice int, recordtime timestamp, pid int, http_method char(64), bucket char(64), key char(256), '
            'transfer_size bigint, data_size bigint, start_time bigint, end_time bigint, transfer_time bigint, compression_time bigint, '
            'connect_time bigint, app_connect_time bigint, retries bigint, request_id char(32), extended_request_id char(128), '
            'ip_address char(64), is_partial int, start_offset bigint'),
        ('svl_query_summary', 'userid int, query int, stm int, seg int, step int, maxtime bigint, avgtime bigint, rows bigint, bytes bigint, '
            'rate_row float8, rate_byte float8, label text, is_diskbased char(1), workmem bigint, is_rrscan char(1), is_delayed_scan char(1), '
            'rows_pre_filter bigint'),
        ('sys_connection_log', 'event char(50), record_time timestamp, remote_host char(45), remote_port char(32), session_id int, '
            'database_name char(50), user_name char(50), auth_method char(32), duration int, ssl_version char(50), ssl_cipher char(128), mtu int, '
            'ssl_compression char(64), ssl_expansion char(64), iam_auth_guid char(36), application_name char(250), driver_version char(64), '
            'os_version char(64), plugin_name char(32), protocol_version int, global_session_id char(36)'),
        ('sys_session_history', 'user_id int, session_id int, database_name char(64), status char(11), session_timeout int, '
            'start_time timestamp, end_time timestamp'),
        ('svv_datashares', 'share_name varchar(128), share_id int, share_owner int, source_database varchar(128), consumer_database varchar(128), '
            'share_type varchar(8), createdate timestamp, is_publicaccessible boolean, share_acl varchar(256), producer_account varchar(16), '
            'producer_namespace varchar(64), managed_by varchar(64)')) AS relations (name, columns) LOOP
        EXECUTE pg_catalog.format('CREATE VIEW pg_catalog.%I AS SELECT %s WHERE false', relation.name,
            (SELECT pg_catalog.string_agg(pg_catalog.format('NULL::%s AS %I', said[2], said[1]), ', ' ORDER BY n)
             FROM pg_catalog.regexp_matches(relation.columns, '([a-z_0-9]+) ([^,]+)', 'g') WITH ORDINALITY AS listed (said, n)));
        EXECUTE pg_catalog.format('GRANT SELECT ON pg_catalog.%I TO PUBLIC', relation.name);
    END LOOP;
END $$;
CREATE VIEW pg_catalog.stv_cursors AS
    SELECT pg_catalog.current_user_id() AS userid, name::varchar(256) AS name, NULL::bigint AS xid, pg_catalog.pg_backend_pid() AS pid,
           creation_time::timestamp AS starttime, NULL::bigint AS row_count, NULL::bigint AS byte_count, NULL::bigint AS fetched_rows
    FROM pg_catalog.pg_cursors WHERE pg_internal.is_cursor(name, statement);
CREATE VIEW pg_catalog.pg_class_info AS SELECT *, NULL::timestamp AS relcreationtime FROM pg_internal.pg_class;
CREATE VIEW pg_catalog.pg_attribute_info AS SELECT * FROM pg_internal.pg_attribute;
CREATE VIEW pg_catalog.svv_user_info AS
    SELECT u.usename::text AS user_name, u.usesysid::int AS user_id, u.usecreatedb AS createdb, u.usesuper AS superuser,
           u.usesuper AS catalog_update,
           CASE r.rolconnlimit WHEN -1 THEN 'UNLIMITED' ELSE r.rolconnlimit::text END AS connection_limit,
           CASE WHEN u.usesuper OR pg_internal.has_syslog_access(u.usename) THEN 'UNRESTRICTED' ELSE 'RESTRICTED' END AS syslog_access,
           NULL::timestamp AS last_ddl_timestamp, 0 AS session_timeout, NULL::text AS external_user_id
    FROM pg_catalog.pg_user u JOIN pg_catalog.pg_roles r ON r.oid = u.usesysid;
GRANT SELECT ON pg_catalog.stv_mv_info, pg_catalog.stv_cursors, pg_catalog.pg_class_info, pg_catalog.pg_attribute_info, pg_catalog.svv_user_info TO PUBLIC;
