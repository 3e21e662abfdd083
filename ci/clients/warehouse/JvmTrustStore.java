import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.util.Properties;

/** A session that trusts what the JVM's own trust store holds, and nothing else. */
class JvmTrustStore {
    public static void main(String[] arguments) throws Exception {
        String url = "jdbc:postgresql://" + System.getenv("LINCHPIN_HOST") + ":" + System.getenv("LINCHPIN_PORT") + "/"
                + System.getenv("LINCHPIN_DATABASE");
        Properties properties = new Properties();
        properties.setProperty("user", System.getenv("LINCHPIN_USER"));
        properties.setProperty("password", System.getenv("LINCHPIN_PASSWORD"));
        properties.setProperty("sslmode", "verify-full");
        properties.setProperty("sslfactory", "org.postgresql.ssl.DefaultJavaSSLFactory");
        try (Connection connection = DriverManager.getConnection(url, properties);
                ResultSet row = connection.createStatement().executeQuery("select 'in'")) {
            row.next();
            System.out.println(row.getString(1));
        }
    }
}
