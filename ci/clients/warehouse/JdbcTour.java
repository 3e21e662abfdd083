// The PostgreSQL JDBC driver, which sends everything prepared: TLS, COPY, UNLOAD, a load error, refusals, metadata.

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.postgresql.util.PSQLException;

public class JdbcTour {
    static final String BUCKET = System.getenv("LINCHPIN_BUCKET");
    static final String ROLE = " iam_role '" + System.getenv("LINCHPIN_ROLE_ARN") + "'";
    static final String CA_FILE = System.getenv("LINCHPIN_CA_FILE");
    static final String AWKWARD = "it's a \\ and three 三";

    /** The driver warns of server_version 8.0.2, which is what Redshift tells. */
    static final Logger DRIVER = Logger.getLogger("org.postgresql");

    static Connection connect(String user, String password, String caFile) throws SQLException {
        String url = "jdbc:postgresql://" + System.getenv("LINCHPIN_HOST") + ":" + System.getenv("LINCHPIN_PORT") + "/"
                + System.getenv("LINCHPIN_DATABASE");
        Properties properties = new Properties();
        properties.setProperty("user", user);
        properties.setProperty("password", password);
        properties.setProperty("sslmode", "verify-full");
        if (caFile == null) {
            properties.setProperty("sslfactory", "org.postgresql.ssl.DefaultJavaSSLFactory");
        } else {
            properties.setProperty("sslrootcert", caFile);
        }
        return DriverManager.getConnection(url, properties);
    }

    static void fail(String what, Object expected, Object seen) {
        System.err.println(what + ":\n  expected " + expected + "\n  seen     " + seen);
        System.exit(1);
    }

    static void equal(Object seen, Object expected, String what) {
        if (!Objects.equals(seen, expected)) fail(what, expected, seen);
    }

    static void holds(String text, String expected, String what) {
        if (text == null || !text.contains(expected)) fail(what, expected, text);
    }

    /** The rows of a query, columns joined by a bar. */
    static List<String> rows(PreparedStatement statement) throws SQLException {
        List<String> rows = new ArrayList<>();
        try (ResultSet result = statement.executeQuery()) {
            int columns = result.getMetaData().getColumnCount();
            while (result.next()) {
                List<String> row = new ArrayList<>();
                for (int i = 1; i <= columns; i++) row.add(result.getString(i));
                rows.add(String.join("|", row));
            }
        }
        return rows;
    }

    static List<String> rows(Connection connection, String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            return rows(statement);
        }
    }

    /** Runs a command, and tells what the server notes. */
    static String run(Connection connection, String sql) throws SQLException {
        StringBuilder notes = new StringBuilder();
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
            for (SQLWarning at = statement.getWarnings(); at != null; at = at.getNextWarning()) notes.append(at.getMessage());
        }
        return notes.toString();
    }

    static PSQLException refusal(Connection connection, String sql) {
        try {
            run(connection, sql);
        } catch (PSQLException error) {
            return error;
        } catch (SQLException error) {
            fail("an error of the server", "PSQLException", error);
        }
        fail(sql, "a refusal", "it was accepted");
        return null;
    }

    static void tls(String user, String password) {
        try {
            connect(user, password, null).close();
            fail("an authority that is not trusted", "a refusal", "it was accepted");
        } catch (SQLException error) {
            holds(error.getMessage(), "unable to find valid certification path", "an authority that is not trusted");
        }
    }

    static void copyAndUnload(Connection connection) throws SQLException {
        run(connection, "create table walk (id integer not null, name varchar(40))");
        try (PreparedStatement insert = connection.prepareStatement("insert into walk values (?, ?)")) {
            for (int id = 1; id <= 3; id++) {
                insert.setInt(1, id);
                insert.setString(2, id == 3 ? AWKWARD : "row " + id);
                insert.addBatch();
            }
            equal(insert.executeBatch().length, 3, "a batch");
        }
        String to = " to 's3://" + BUCKET + "/jdbc/w_'" + ROLE;
        String notes = run(connection, "unload ('select * from walk')" + to + " csv gzip manifest");
        holds(notes, "UNLOAD completed, 3 record(s) unloaded successfully.", "notes of UNLOAD");
        run(connection, "create table again (like walk)");
        String copy = "copy again from 's3://" + BUCKET + "/jdbc/w_manifest'" + ROLE + " csv gzip manifest";
        // Beyond five times the driver keeps the statement prepared on the server.
        for (int times = 1; times <= 7; times++) {
            holds(run(connection, copy), "Load into table 'again' completed, 3 record(s) loaded successfully.", "notes of COPY");
        }
        String all = "select count(*), count(distinct id), min(name) from again where id = 3";
        equal(rows(connection, all), List.of("7|1|" + AWKWARD), "rows of COPY");
        connection.commit();
    }

    static void loadError(Connection connection) throws SQLException {
        run(connection, "unload ('select ''x''')" + " to 's3://" + BUCKET + "/jdbc/bad_'" + ROLE + " csv parallel off");
        PSQLException error = refusal(connection, "copy again (id) from 's3://" + BUCKET + "/jdbc/bad_'" + ROLE + " csv");
        String failed = "Load into table 'again' failed.  Check 'stl_load_errors' system table for details.";
        equal(error.getServerErrorMessage().getMessage(), failed, "a load error");
        equal(error.getSQLState(), "XX000", "SQLSTATE of a load error");
        equal(refusal(connection, "select 1").getSQLState(), "25P02", "a statement before the rollback");
        connection.rollback();
        String told = "select trim(filename), line_number, trim(colname), err_code, trim(err_reason) from stl_load_errors";
        String reason = "Invalid digit, Value 'x', Pos 0, Type: Integer";
        equal(rows(connection, told), List.of("s3://" + BUCKET + "/jdbc/bad_000|1|id|1207|" + reason), "stl_load_errors");
    }

    static void refusals(Connection connection) throws SQLException {
        String from = "copy again from 's3://" + BUCKET + "/jdbc/w_manifest'";
        String role = System.getenv("LINCHPIN_ROLE_ARN") + "x";
        PSQLException error = refusal(connection, from + " iam_role '" + role + "' csv gzip manifest");
        String by = System.getenv("LINCHPIN_USER") + " is not authorized to assume IAM Role " + role;
        holds(error.getServerErrorMessage().getMessage(), by, "a role that is not attached");
        holds(error.getServerErrorMessage().getDetail(), "code:      8001", "a role that is not attached");
        connection.rollback();
        run(connection, "create user reader password 'Reader0Passw0rd'");
        connection.commit();
        try (Connection reader = connect("reader", "Reader0Passw0rd", CA_FILE)) {
            error = refusal(reader, from + ROLE + " csv gzip manifest");
            equal(error.getSQLState(), "42501", "a COPY without INSERT");
            holds(error.getMessage(), "permission denied for", "a COPY without INSERT");
        }
    }

    static void statements(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("select name from walk where id = ?")) {
            for (int times = 0; times < 7; times++) {
                statement.setInt(1, 3);
                equal(rows(statement), List.of(AWKWARD), "rows of a prepared statement");
            }
        }
        try (PreparedStatement statement = connection.prepareStatement("select id from walk order by id")) {
            statement.setFetchSize(2); // through a portal, two rows at a time
            equal(rows(statement), List.of("1", "2", "3"), "rows in portions");
        }
        connection.commit();
    }

    static void metadata(Connection connection) throws SQLException {
        equal(connection.getMetaData().getDatabaseProductVersion(), "8.0.2", "version of the product");
        List<String> names = new ArrayList<>();
        try (ResultSet columns = connection.getMetaData().getColumns(null, "public", "walk", null)) {
            while (columns.next()) names.add(columns.getString("COLUMN_NAME") + " " + columns.getString("TYPE_NAME"));
        }
        equal(names, List.of("id int4", "name varchar"), "columns");
        connection.commit();
    }

    public static void main(String[] arguments) throws SQLException {
        String user = System.getenv("LINCHPIN_USER"), password = System.getenv("LINCHPIN_PASSWORD");
        DRIVER.setLevel(Level.SEVERE);
        tls(user, password);
        try (Connection connection = connect(user, password, CA_FILE)) {
            connection.setAutoCommit(false);
            copyAndUnload(connection);
            loadError(connection);
            refusals(connection);
            statements(connection);
            metadata(connection);
        }
        System.out.println("PostgreSQL JDBC: COPY, UNLOAD, a load error, refusals, prepared statements, metadata");
    }
}
