-- Who sees what: users their own rows, superusers and users of SYSLOG ACCESS UNRESTRICTED all (documented). That is kept as a setting
-- of the user's.
CREATE FUNCTION pg_internal.has_syslog_access(user_name name) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
                   WHERE r.rolname = $1 AND 'linchpin.syslog_access=unrestricted' = ANY (s.setconfig)) $$;
CREATE FUNCTION pg_internal.sees_all() RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT usesuper OR pg_internal.has_syslog_access(usename) FROM pg_catalog.pg_user WHERE usename = CURRENT_USER $$;
CREATE FUNCTION pg_internal.sees(userid int) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM pg_catalog.pg_user
                   WHERE usename = CURRENT_USER AND (usesysid::int = userid OR usesuper OR pg_internal.has_syslog_access(usename))) $$;
CREATE FUNCTION pg_catalog.linchpin_syslog_access(user_name text, setting text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = session_user) THEN
        RAISE EXCEPTION 'must be superuser to alter SYSLOG ACCESS' USING ERRCODE = '42501';
    END IF;
    EXECUTE format('ALTER ROLE %I %s linchpin.syslog_access', user_name,
                   CASE lower(setting) WHEN 'unrestricted' THEN 'SET' ELSE 'RESET' END)
        || CASE lower(setting) WHEN 'unrestricted' THEN ' = unrestricted' ELSE '' END;
END $$;
-- Load errors and load commits. Columns are documented, and CHAR to those who read them: what is in them may be no ASCII; users see their own rows, superusers all.
CREATE TABLE pg_internal.stl_load_errors (
    userid int, slice int, tbl int, starttime timestamp, session int, query int, filename text,
    line_number bigint, colname text, type text, col_length text, position int, raw_line text,
    raw_field_value text, err_code int, err_reason text, is_partial int, start_offset bigint,
    copy_job_id bigint
);
CREATE VIEW pg_catalog.stl_load_errors AS
    SELECT userid, slice, tbl, starttime, session, query, filename::char(256) AS filename, line_number,
           colname::char(127) AS colname, type::char(10) AS type, col_length::char(10) AS col_length, position,
           raw_line::char(1024) AS raw_line, raw_field_value::char(1024) AS raw_field_value, err_code,
           err_reason::char(100) AS err_reason, is_partial, start_offset, copy_job_id
    FROM pg_internal.stl_load_errors
    WHERE userid = (SELECT usesysid FROM pg_catalog.pg_user WHERE usename = CURRENT_USER)
       OR (SELECT pg_internal.sees_all());
GRANT SELECT ON pg_catalog.stl_load_errors TO PUBLIC;

CREATE TABLE pg_internal.stl_load_commits (
    userid int, query int, slice int, name text, filename text, byte_offset int, lines_scanned bigint,
    errors int, curtime timestamp, status int, file_format text, is_partial int, start_offset bigint,
    copy_job_id bigint,
    bytes bigint
);
CREATE VIEW pg_catalog.stl_load_commits AS
    SELECT userid, query, slice, name::char(256) AS name, filename::char(256) AS filename, byte_offset, lines_scanned,
           (SELECT count(*)::int FROM pg_internal.stl_load_errors e WHERE e.query = c.query AND e.filename = c.filename) AS errors,
           curtime, status, file_format::char(16) AS file_format, is_partial, start_offset, copy_job_id
    FROM pg_internal.stl_load_commits c
    WHERE userid = (SELECT usesysid FROM pg_catalog.pg_user WHERE usename = CURRENT_USER)
       OR (SELECT pg_internal.sees_all());
GRANT SELECT ON pg_catalog.stl_load_commits TO PUBLIC;

CREATE TABLE pg_internal.stl_loaderror_detail (
    userid int, slice int, session int, query int, filename text, line_number bigint, field int, colname text,
    value text, is_null int, type text, col_length text
);
CREATE VIEW pg_catalog.stl_loaderror_detail AS
    SELECT userid, slice, session, query, filename::char(256) AS filename, line_number, field,
           colname::char(1024) AS colname, value::char(1024) AS value, is_null, type::char(10) AS type,
           col_length::char(10) AS col_length
    FROM pg_internal.stl_loaderror_detail
    WHERE userid = (SELECT usesysid FROM pg_catalog.pg_user WHERE usename = CURRENT_USER)
       OR (SELECT pg_internal.sees_all());
GRANT SELECT ON pg_catalog.stl_loaderror_detail TO PUBLIC;

CREATE TABLE pg_internal.stl_replacements (
    userid int, query int, slice int, tbl int, starttime timestamp, session int, filename text, line_number bigint,
    colname text, raw_line text
);
CREATE VIEW pg_catalog.stl_replacements AS
    SELECT userid, query, slice, tbl, starttime, session, filename::char(256) AS filename, line_number,
           colname::char(127) AS colname, raw_line::char(1024) AS raw_line
    FROM pg_internal.stl_replacements
    WHERE userid = (SELECT usesysid FROM pg_catalog.pg_user WHERE usename = CURRENT_USER)
       OR (SELECT pg_internal.sees_all());
GRANT SELECT ON pg_catalog.stl_replacements TO PUBLIC;
