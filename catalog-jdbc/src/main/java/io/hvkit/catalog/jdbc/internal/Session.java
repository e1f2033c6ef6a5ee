package io.hvkit.catalog.jdbc.internal;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One transaction's talk with the database. Remembers its first error: whatever the work makes of that, the transaction is not kept.
 * Used by one thread.
 */
public final class Session {

    private final Connection connection;
    private final Dialect dialect;
    private final Thread owner = Thread.currentThread();
    private volatile boolean over;
    private Optional<SQLException> error = Optional.empty();

    Session(Connection connection, Dialect dialect) {
        this.connection = connection;
        this.dialect = dialect;
    }

    Dialect dialect() {
        return dialect;
    }

    /** Returns the first error, if there was one. */
    Optional<SQLException> error() {
        return error;
    }

    /** Makes it of no use. */
    void end() {
        over = true;
    }

    <T> List<T> query(String sql, List<?> values, Mapping.Reader<T> reader) {
        return run(sql, values, statement -> {
            List<T> found = new ArrayList<>();
            try (ResultSet results = statement.executeQuery()) {
                Row row = new Row(results);
                while (results.next()) {
                    found.add(reader.read(row));
                }
            }
            return found;
        });
    }

    /** Returns how many rows were changed. */
    int change(String sql, List<?> values) {
        return run(sql, values, PreparedStatement::executeUpdate);
    }

    @FunctionalInterface
    private interface Use<T> {
        T of(PreparedStatement statement) throws SQLException;
    }

    private <T> T run(String sql, List<?> values, Use<T> use) {
        if (over || !owner.equals(Thread.currentThread())) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("a transaction is of use to the thread it was lent to, until its work returns");
        }
        if (error.isPresent()) {
            throw failure(error.get());
        }
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.size(); i++) {
                bind(statement, i + 1, values.get(i));
            }
            return use.of(statement);
        } catch (SQLException e) {
            error = Optional.of(e);
            throw failure(e);
        }
    }

    private DriverException failure(SQLException e) {
        return dialect.meaning(e).of(e);
    }

    private static void bind(PreparedStatement statement, int index, Object value) throws SQLException {
        if (value instanceof Column.Null none) {
            statement.setNull(index, none.type());
        } else if (value instanceof Long number) {
            statement.setLong(index, number);
        } else if (value instanceof byte[] bytes) {
            statement.setBytes(index, bytes);
        } else {
            statement.setString(index, (String) value);
        }
    }

    /** Returns the failure for a record that makes no sense. */
    static DriverException corrupt(String record, IllegalArgumentException e) {
        return DriverException.because(Failure.CORRUPT_DATA)
                .effect(Effect.NOT_APPLIED)
                .causedBy(e)
                .message("%s makes no sense as it is kept: %s", record, e);
    }
}
