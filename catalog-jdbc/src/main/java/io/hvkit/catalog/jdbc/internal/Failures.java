package io.hvkit.catalog.jdbc.internal;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.sql.SQLException;
import java.util.Optional;

/** What a database's own error means. */
public enum Failures {
    /** Another transaction was in the way; the same work again may go through. */
    CONFLICT(Failure.OPERATION_PENDING),
    /** Another transaction was in the way for too long. */
    BUSY(Failure.TIMED_OUT),
    /** The database does not answer, or takes no more connections. */
    UNREACHABLE(Failure.UNREACHABLE),
    /** There is no room. */
    FULL(Failure.EXHAUSTED),
    /** The user or its password is not accepted, or may not do this. */
    REFUSED(Failure.BAD_CREDENTIALS),
    /** The database is damaged, or its tables are not those of this version. */
    CORRUPT(Failure.CORRUPT_DATA),
    /** Anything else. */
    OTHER(Failure.DEFECT);

    private final Failure failure;

    Failures(Failure failure) {
        this.failure = failure;
    }

    /** Returns the exception for an error that left nothing changed. */
    DriverException of(SQLException error) {
        return because(error).effect(Effect.NOT_APPLIED).message("the catalog's database says: %s", error);
    }

    DriverException.Draft because(SQLException error) {
        return DriverException.because(failure).vendorCode(code(error)).causedBy(error);
    }

    private static String code(SQLException error) {
        return Optional.ofNullable(error.getSQLState()).orElse("") + "/" + error.getErrorCode();
    }

    /** Reads an error of PostgreSQL by its SQLSTATE. */
    static Failures ofPostgres(SQLException error) {
        String state = Optional.ofNullable(error.getSQLState()).orElse("");
        return switch (state) {
            case "40001", "40P01" -> CONFLICT;
            case "55P03", "57014" -> BUSY;
            case "53100", "53200" -> FULL;
            case "XX001", "XX002" -> CORRUPT;
            case "25P03" -> UNREACHABLE; // this side was silent for too long, and was cut off
            case "42501" -> REFUSED;
            default -> ofPostgresClass(state);
        };
    }

    private static Failures ofPostgresClass(String state) {
        if (state.startsWith("23")) {
            return CONFLICT; // looked for before, so that somebody else was faster
        }
        if (state.isEmpty() || state.startsWith("08") || state.startsWith("57P") || state.equals("53300")) {
            return UNREACHABLE;
        }
        if (state.startsWith("28")) {
            return REFUSED;
        }
        return state.startsWith("42") || state.startsWith("3D") || state.startsWith("3F") ? CORRUPT : OTHER;
    }

    /** Reads an error of SQLite by its primary result code. */
    static Failures ofSqlite(SQLException error) {
        return switch (error.getErrorCode() & 0xff) {
            case 5, 6 -> BUSY;
            case 19 -> CONFLICT;
            case 3, 8, 10, 14 -> UNREACHABLE; // no permission, read-only, input and output, cannot open
            case 13 -> FULL;
            case 11, 26 -> CORRUPT; // damaged, or no database
            default -> OTHER;
        };
    }
}
