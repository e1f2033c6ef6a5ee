package io.hvkit.qemu.qmp;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.time.Duration;
import java.util.regex.Pattern;

/**
 * A command for a running qemu. Without more words it has no arguments and may take {@link #USUAL_LIMIT}. Immutable; every change
 * is a new command.
 *
 * <p>Arguments are seen by whoever may look into either process: no key belongs there.
 */
public final class QmpCommand {

    /** How long a command may take if nothing else is said: half a minute. */
    public static final Duration USUAL_LIMIT = Duration.ofSeconds(30);

    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]*");

    private record Fields(String name, QmpValue arguments, Duration limit) {}

    private final Fields fields;

    private QmpCommand(Fields fields) {
        this.fields = fields;
    }

    /**
     * Returns a command by its name, such as {@code query-jobs}.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if that is no name
     */
    public static QmpCommand of(String name) {
        if (!NAME.matcher(name).matches()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("'%s' is no name of a command; they have letters, digits, '-', '_' and dots", name);
        }
        return new QmpCommand(new Fields(name, QmpValue.object(), USUAL_LIMIT));
    }

    /** Returns this command with an argument, which replaces one of that name. */
    public QmpCommand with(String name, QmpValue argument) {
        return new QmpCommand(new Fields(fields.name, fields.arguments.with(name, argument), fields.limit));
    }

    /** Returns this command with a text as an argument. */
    public QmpCommand with(String name, String text) {
        return with(name, QmpValue.of(text));
    }

    /** Returns this command with a number as an argument. */
    public QmpCommand with(String name, long number) {
        return with(name, QmpValue.of(number));
    }

    /** Returns this command with a switch turned on. */
    public QmpCommand on(String name) {
        return new QmpCommand(new Fields(fields.name, fields.arguments.on(name), fields.limit));
    }

    /** Returns this command with a switch turned off. */
    public QmpCommand off(String name) {
        return new QmpCommand(new Fields(fields.name, fields.arguments.off(name), fields.limit));
    }

    /**
     * Returns this command with all arguments replaced by an object's members.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if {@code arguments} is no object
     */
    public QmpCommand withAll(QmpValue arguments) {
        if (!arguments.isObject()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("the arguments of %s must be an object, not %s", fields.name, arguments);
        }
        return new QmpCommand(new Fields(fields.name, arguments, fields.limit));
    }

    /**
     * Returns this command with another limit, after which the caller waits no longer.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if the limit is not positive
     */
    public QmpCommand within(Duration limit) {
        if (limit.isZero() || limit.isNegative()) {
            throw DriverException.because(Failure.INVALID_REQUEST).message("a limit must be positive, not %s", limit);
        }
        return new QmpCommand(new Fields(fields.name, fields.arguments, limit));
    }

    /** Returns its name. */
    public String name() {
        return fields.name;
    }

    /** Returns its arguments, an object. */
    public QmpValue arguments() {
        return fields.arguments;
    }

    /** Returns how long the caller waits for the answer. */
    public Duration limit() {
        return fields.limit;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof QmpCommand command && command.fields.equals(fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    /** Returns its name alone; never its arguments. */
    @Override
    public String toString() {
        return fields.name;
    }

    String toJson(String id) {
        QmpValue message = QmpValue.object().with("execute", fields.name);
        if (!fields.arguments.names().isEmpty()) {
            message = message.with("arguments", fields.arguments);
        }
        return message.with("id", id).toJson();
    }
}
