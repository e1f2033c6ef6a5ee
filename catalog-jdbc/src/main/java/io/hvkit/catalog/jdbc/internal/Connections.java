package io.hvkit.catalog.jdbc.internal;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/** Where connections come from. */
public interface Connections extends AutoCloseable {

    /** Returns a connection that nobody else uses until it is given back, in auto-commit mode. */
    Connection borrow() throws SQLException, InterruptedException;

    /** Takes a connection back that is in no transaction. */
    void giveBack(Connection connection) throws SQLException;

    /** Takes a connection back that must not be used again. Never fails. */
    void discard(Connection connection);

    /** Says what it means if there is no connection to be had. */
    Failures meaning(SQLException error);

    /** Closes what is this object's own. */
    @Override
    void close();

    /** Returns connections of somebody else's data source. */
    static Connections of(DataSource source) {
        return new Connections() {
            @Override
            public Connection borrow() throws SQLException {
                Connection connection = source.getConnection();
                boolean usable = false;
                try {
                    if (!connection.getAutoCommit()) {
                        connection.setAutoCommit(true); // a pool sets it back for its other users
                    }
                    usable = true;
                    return connection;
                } finally {
                    if (!usable) {
                        connection.close();
                    }
                }
            }

            @Override
            public void giveBack(Connection connection) throws SQLException {
                connection.close();
            }

            @Override
            public void discard(Connection connection) {
                try (connection) {
                    connection.abort(Runnable::run); // so that no pool gives it to somebody else
                } catch (SQLException e) {
                    // it is of no use already
                }
            }

            @Override
            public Failures meaning(SQLException error) {
                Failures meaning = Failures.ofPostgres(error);
                return meaning == Failures.REFUSED || meaning == Failures.CORRUPT ? meaning : Failures.UNREACHABLE;
            }

            @Override
            public void close() {
                // the data source is its owner's
            }
        };
    }
}
