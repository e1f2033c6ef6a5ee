package io.hvkit.qemu;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A program to run. Arguments are passed as they are; no shell sees them. Unless said otherwise it may take {@link
 * #USUAL_LIMIT}, its standard input is empty, and nobody listens. Immutable; every change is a new command.
 *
 * <p>Arguments are visible to every user of the host and to whoever prints this command: no key belongs there. Use {@link
 * #feeding}.
 */
public final class Command {

    /** How long a command may take if nothing else is said: one minute. */
    public static final Duration USUAL_LIMIT = Duration.ofMinutes(1);

    private record Fields(
            List<String> argv,
            Optional<Duration> limit,
            Optional<Secret> input,
            Consumer<String> listener,
            Optional<String> packages,
            ToolLimits toolLimits) {}

    private final Fields fields;

    private Command(Fields fields) {
        this.fields = fields;
    }

    /**
     * Returns a command for a program and its arguments.
     *
     * @param argv the program's absolute path, or a name to look up in {@code PATH}, then the arguments
     * @throws DriverException with {@code INVALID_REQUEST} if there is no program, or an argument holds a NUL character
     */
    public static Command of(String... argv) {
        return of(List.of(argv));
    }

    /**
     * Returns a command for a program and its arguments.
     *
     * @param argv the program's absolute path, or a name to look up in {@code PATH}, then the arguments
     * @throws DriverException with {@code INVALID_REQUEST} if there is no program, or an argument holds a NUL character
     */
    public static Command of(List<String> argv) {
        if (argv.isEmpty() || argv.get(0).isEmpty()) {
            throw DriverException.because(Failure.INVALID_REQUEST).message("a command needs a program");
        }
        for (String argument : argv) {
            if (argument.indexOf('\0') >= 0) {
                throw DriverException.because(Failure.INVALID_REQUEST)
                        .message("an argument of %s holds a NUL character, which ends it for the program", argv.get(0));
            }
        }
        return new Command(new Fields(
                List.copyOf(argv),
                Optional.of(USUAL_LIMIT),
                Optional.empty(),
                piece -> {},
                Optional.empty(),
                ToolLimits.usual()));
    }

    /**
     * Returns this command with another limit, after which it is ended.
     *
     * @throws DriverException with {@code INVALID_REQUEST} if the limit is not positive
     */
    public Command within(Duration limit) {
        requirePositive(limit);
        return new Command(new Fields(
                fields.argv, Optional.of(limit), fields.input, fields.listener, fields.packages, fields.toolLimits));
    }

    /** Returns this command without a limit; interruption still ends it. */
    public Command untilDone() {
        return new Command(new Fields(
                fields.argv, Optional.empty(), fields.input, fields.listener, fields.packages, fields.toolLimits));
    }

    /** Returns this command with these bytes, and nothing after them, on its standard input. The secret is lent. */
    public Command feeding(Secret input) {
        return new Command(new Fields(
                fields.argv, fields.limit, Optional.of(input), fields.listener, fields.packages, fields.toolLimits));
    }

    /**
     * Returns this command with a listener that hears its standard output piece by piece, as it comes, split at carriage
     * returns and line feeds; empty pieces are left out. It is called on the thread that runs the command and should return
     * soon; what it throws ends the program and is thrown on.
     */
    public Command listening(Consumer<String> listener) {
        return new Command(
                new Fields(fields.argv, fields.limit, fields.input, listener, fields.packages, fields.toolLimits));
    }

    /** Returns this command with words for people on what to install if the program is missing. */
    public Command providedBy(String packages) {
        return new Command(new Fields(
                fields.argv, fields.limit, fields.input, fields.listener, Optional.of(packages), fields.toolLimits));
    }

    /** Returns this command with other limits on what its program may use of the host than {@link ToolLimits#usual}. */
    public Command limitedTo(ToolLimits limits) {
        return new Command(
                new Fields(fields.argv, fields.limit, fields.input, fields.listener, fields.packages, limits));
    }

    /** Returns the program and its arguments. */
    public List<String> argv() {
        return fields.argv;
    }

    /** Returns how long it may take; nothing if there is no limit. */
    public Optional<Duration> limit() {
        return fields.limit;
    }

    /** Returns what goes to its standard input. */
    public Optional<Secret> input() {
        return fields.input;
    }

    /** Returns who hears its output. */
    public Consumer<String> listener() {
        return fields.listener;
    }

    /** Returns what to install if the program is missing, if that is known. */
    public Optional<String> packages() {
        return fields.packages;
    }

    /** Returns how much of the host its program may use. */
    public ToolLimits toolLimits() {
        return fields.toolLimits;
    }

    /** Returns the program and its arguments, for people. */
    @Override
    public String toString() {
        return String.join(" ", fields.argv);
    }

    static void requirePositive(Duration limit) {
        if (limit.isZero() || limit.isNegative()) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message("a limit must be positive, not %s; leave it out to have none", limit);
        }
    }
}
