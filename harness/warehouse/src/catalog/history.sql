-- Loads and unloads as the system views tell them. Columns are documented; users see their own rows, superusers all.
-- Statements that have a query number: loads and unloads, which the front runs. What passes through it is not written down.
CREATE TABLE pg_internal.queries (
    userid int, query int, label text, xid bigint, pid int, database_name text, query_type text, querytxt text, starttime timestamp,
    endtime timestamp, elapsed bigint, error_message text
);
CREATE FUNCTION pg_internal.transaction_of(query_id bigint) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER AS
    $$ SELECT xid FROM pg_internal.queries WHERE query = $1 $$;
CREATE TABLE pg_internal.loads (
    user_id int, query_id bigint, session_id int, database_name text, status text, table_name text, start_time timestamp,
    end_time timestamp, duration bigint, data_source text, file_format text, loaded_rows bigint, error_count bigint,
    is_remembered boolean
);
-- Bytes are those of the objects, as they lie in S3 (inferred, for loaded_bytes).
CREATE VIEW pg_catalog.sys_load_history AS
    SELECT l.user_id, l.query_id, pg_internal.transaction_of(l.query_id) AS transaction_id, l.session_id, l.database_name, l.status, l.table_name, l.start_time,
           l.end_time, l.duration, l.data_source, l.file_format, l.loaded_rows,
           CASE l.status WHEN 'completed' THEN f.bytes ELSE 0 END AS loaded_bytes,
           f.files AS source_file_count, f.bytes AS source_file_bytes, f.files AS file_count_scanned,
           f.bytes AS file_bytes_scanned, l.error_count, 0::bigint AS copy_job_id
    FROM pg_internal.loads l
    CROSS JOIN LATERAL (SELECT count(*) AS files, coalesce(sum(bytes), 0)::bigint AS bytes
                        FROM pg_internal.stl_load_commits c WHERE c.query = l.query_id) f
    WHERE pg_internal.sees(l.user_id);
CREATE VIEW pg_catalog.sys_load_error_detail AS
    SELECT userid AS user_id, query::bigint AS query_id, pg_internal.transaction_of(query) AS transaction_id, session AS session_id,
           pg_catalog.current_database()::char(64) AS database_name, tbl AS table_id, starttime AS start_time,
           filename::char(256) AS file_name, line_number, colname::char(127) AS column_name, type::char(10) AS column_type,
           col_length::char(10) AS column_length,
           position, err_code AS error_code, err_reason::char(512) AS error_message
    FROM pg_internal.stl_load_errors WHERE pg_internal.sees(userid);
CREATE VIEW pg_catalog.sys_load_detail AS
    SELECT userid AS user_id, query::bigint AS query_id, filename::char(256) AS file_name, bytes AS bytes_scanned, lines_scanned,
           curtime AS record_time, 1 AS splits_scanned, NULL::timestamp AS start_time, curtime AS end_time
    FROM pg_internal.stl_load_commits WHERE pg_internal.sees(userid);

CREATE TABLE pg_internal.stl_unload_log (
    userid int, query int, slice int, pid int, path text, start_time timestamp, end_time timestamp, line_count bigint,
    transfer_size bigint, file_format text, database_name text
);
CREATE VIEW pg_catalog.stl_unload_log AS
    SELECT userid, query, slice, pid, path::char(1280) AS path, start_time, end_time, line_count, transfer_size,
           file_format::char(10) AS file_format
    FROM pg_internal.stl_unload_log WHERE pg_internal.sees(userid);
CREATE TABLE pg_internal.unloads (
    user_id int, query_id bigint, session_id int, database_name text, start_time timestamp, end_time timestamp, duration bigint,
    file_format text, compression text, location text, error_message text
);
CREATE VIEW pg_catalog.sys_unload_history AS
    SELECT u.user_id, u.query_id, pg_internal.transaction_of(u.query_id) AS transaction_id, u.session_id, u.database_name,
           CASE WHEN u.error_message IS NULL THEN 'completed' ELSE 'aborted' END::text AS status, u.start_time, u.end_time, u.duration,
           u.file_format, u.compression AS compression_type, u.location AS unloaded_location, f.rows AS unloaded_rows,
           f.files AS unloaded_files_count, f.bytes AS unloaded_files_size, u.error_message
    FROM pg_internal.unloads u
    CROSS JOIN LATERAL (SELECT coalesce(sum(line_count), 0)::bigint AS rows, count(*) AS files,
                               coalesce(sum(transfer_size), 0)::bigint AS bytes
                        FROM pg_internal.stl_unload_log l WHERE l.query = u.query_id) f
    WHERE pg_internal.sees(u.user_id);
CREATE VIEW pg_catalog.sys_unload_detail AS
    SELECT userid AS user_id, query::bigint AS query_id, pg_internal.transaction_of(query) AS transaction_id, pid AS session_id, database_name,
           path::char(1280) AS file_name, start_time, end_time, line_count AS unloaded_rows, transfer_size AS file_size,
           file_format::char(10) AS file_format
    FROM pg_internal.stl_unload_log WHERE pg_internal.sees(userid);
GRANT SELECT ON pg_catalog.sys_load_history, pg_catalog.sys_load_error_detail, pg_catalog.sys_load_detail,
    pg_catalog.stl_unload_log, pg_catalog.sys_unload_history, pg_catalog.sys_unload_detail TO PUBLIC;

CREATE VIEW pg_internal.seen_queries AS SELECT * FROM pg_internal.queries WHERE pg_internal.sees(userid);
CREATE VIEW pg_catalog.stl_query AS
    SELECT userid, query, label::char(320) AS label, xid, pid, database_name::char(32) AS database, querytxt::char(4000) AS querytxt,
           starttime, endtime, CASE WHEN error_message IS NULL THEN 0 ELSE 1 END AS aborted, 0 AS insert_pristine,
           0 AS concurrency_scaling_status
    FROM pg_internal.seen_queries;
CREATE VIEW pg_catalog.stl_querytext AS
    SELECT userid, xid, pid, query, part AS sequence, pg_catalog.substr(querytxt, part * 200 + 1, 200)::char(200) AS text
    FROM pg_internal.seen_queries, LATERAL generate_series(0, (pg_catalog.length(querytxt) - 1) / 200) AS part;
CREATE VIEW pg_catalog.svl_qlog AS
    SELECT userid, query, xid, pid, starttime, endtime, elapsed, CASE WHEN error_message IS NULL THEN 0 ELSE 1 END AS aborted,
           label::char(320) AS label, pg_catalog.substr(querytxt, 1, 60)::char(60) AS substring, NULL::int AS source_query,
           ''::text AS concurrency_scaling_status_txt, 0 AS from_sp_call
    FROM pg_internal.seen_queries;
CREATE VIEW pg_catalog.sys_query_history AS
    SELECT userid AS user_id, query::bigint AS query_id, label::char(320) AS query_label, xid AS transaction_id, pid AS session_id,
           database_name::char(128) AS database_name, query_type::char(32) AS query_type,
           CASE WHEN error_message IS NULL THEN 'success' ELSE 'failed' END::char(10) AS status, false AS result_cache_hit,
           starttime AS start_time, endtime AS end_time, elapsed AS elapsed_time, 0::bigint AS queue_time, elapsed AS execution_time,
           error_message::char(512) AS error_message, 0::bigint AS returned_rows, 0::bigint AS returned_bytes,
           querytxt::char(4000) AS query_text, '1.0.436211'::char(256) AS redshift_version
    FROM pg_internal.seen_queries;
CREATE VIEW pg_catalog.sys_query_text AS
    SELECT userid AS user_id, query::bigint AS query_id, xid AS transaction_id, pid AS session_id, starttime AS start_time,
           part AS sequence, pg_catalog.substr(querytxt, part * 4000 + 1, 4000)::char(4000) AS text
    FROM pg_internal.seen_queries, LATERAL generate_series(0, (pg_catalog.length(querytxt) - 1) / 4000) AS part;
-- Transactions that were undone are not written down.
CREATE VIEW pg_catalog.stl_undone AS
    SELECT NULL::int AS userid, NULL::bigint AS xact_id, NULL::bigint AS xact_id_undone, NULL::timestamp AS undo_start_ts,
           NULL::timestamp AS undo_end_ts, NULL::bigint AS table_id WHERE false;
GRANT SELECT ON pg_catalog.stl_query, pg_catalog.stl_querytext, pg_catalog.svl_qlog, pg_catalog.sys_query_history,
    pg_catalog.sys_query_text, pg_catalog.stl_undone TO PUBLIC;
