package io.hvkit.core;

import java.util.Arrays;
import java.util.IllegalFormatException;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The one exception that crosses an SPI. Branch on {@code failure().recovery()}, which never grows; log
 * {@link #vendorCode()}. Never holds key material.
 */
public final class DriverException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final Failure failure;
    private final Effect effect;
    private final @Nullable String vendorCode;

    private DriverException(Draft draft, String message) {
        super(message, draft.cause);
        this.failure = draft.failure;
        this.effect = draft.effect;
        this.vendorCode = draft.vendorCode;
    }

    /** Starts an exception for the given reason. */
    public static Draft because(Failure failure) {
        return new Draft(failure, failure.usualEffect(), null, null);
    }

    /** Returns the portable reason. */
    public Failure failure() {
        return failure;
    }

    /** Returns what the caller can do about it; short for {@code failure().recovery()}. */
    public Recovery recovery() {
        return failure.recovery();
    }

    /** Returns what the failed call did; {@link Effect#UNKNOWN} asks for a look before the next try. */
    public Effect effect() {
        return effect;
    }

    /** Returns the back end's own code, if it gave one. */
    public Optional<String> vendorCode() {
        return Optional.ofNullable(vendorCode);
    }

    /** An exception that still lacks its message. Immutable. */
    public static final class Draft {

        private final Failure failure;
        private final Effect effect;
        private final @Nullable String vendorCode;
        private final @Nullable Throwable cause;

        private Draft(Failure failure, Effect effect, @Nullable String vendorCode, @Nullable Throwable cause) {
            this.failure = failure;
            this.effect = effect;
            this.vendorCode = vendorCode;
            this.cause = cause;
        }

        /** Says what the call did, if that is not what the failure usually means. */
        public Draft effect(Effect known) {
            return new Draft(failure, known, vendorCode, cause);
        }

        /** Keeps the back end's own code. */
        public Draft vendorCode(String code) {
            return new Draft(failure, effect, code, cause);
        }

        /** Keeps what went wrong underneath. */
        public Draft causedBy(Throwable throwable) {
            return new Draft(failure, effect, vendorCode, throwable);
        }

        /**
         * Returns the exception, ready to throw.
         *
         * @param format as in {@link String#format(Locale, String, Object...)}; without arguments it is taken as it is. A
         *     format that does not fit its arguments is printed beside them: reporting a failure never fails.
         */
        public DriverException message(String format, Object... arguments) {
            return new DriverException(this, text(format, arguments));
        }

        private static String text(String format, Object... arguments) {
            if (arguments.length == 0) {
                return format;
            }
            try {
                return String.format(Locale.ROOT, format, arguments);
            } catch (IllegalFormatException e) {
                return format + " " + Arrays.toString(arguments);
            }
        }
    }
}
