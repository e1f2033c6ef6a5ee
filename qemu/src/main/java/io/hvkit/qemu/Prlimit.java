package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The program of util-linux that sets limits on itself and then becomes the program that they are meant for: Java cannot set
 * them between fork and exec, and later would be too late.
 *
 * @param inherited the limits that a process of the host starts with, which cannot be raised
 */
record Prlimit(HardLimits inherited) {

    static final String PROGRAM = "prlimit";
    static final String PACKAGES = "util-linux";

    /** The kernel neither writes a core file of one byte nor pipes one to a collector, which it would do at zero. */
    private static final long NO_CORE = 1;

    private static final int SIGNALLED = 128;
    private static final int SIGKILL = 9;
    private static final int SIGXCPU = 24;

    /** Returns the arguments that run {@code argv} within limits. */
    List<String> wrap(String prlimit, ToolLimits limits, List<String> argv) {
        List<String> wrapped = new ArrayList<>();
        wrapped.add(prlimit);
        wrapped.add("--core=" + Math.min(NO_CORE, inherited.core()));
        limits.addressSpace()
                .ifPresent(space -> wrapped.add("--as=" + Math.min(space.bytes(), inherited.addressSpace())));
        limits.cpuTime().ifPresent(time -> {
            long seconds = Math.min(seconds(time), inherited.cpuSeconds());
            // At the first it is asked to end, so that one can tell why it did; at the second it is killed.
            wrapped.add("--cpu=" + seconds + ":" + Math.min(seconds + 1, inherited.cpuSeconds()));
        });
        wrapped.add("--");
        wrapped.addAll(argv);
        return wrapped;
    }

    /**
     * Returns the result, unless a limit ended the program or it never ran.
     *
     * @throws DriverException with {@code TIMED_OUT} or {@code EXHAUSTED}, naming the limit; {@code HOST_NOT_READY} if the
     *     program could not be started
     */
    static CommandResult judge(Command command, CommandResult result) {
        if (result.succeeded()) {
            return result;
        }
        ToolLimits limits = command.toolLimits();
        if (result.errors().startsWith(PROGRAM + ": ")) {
            throw DriverException.because(Failure.HOST_NOT_READY)
                    .vendorCode("exit " + result.exitCode())
                    .message(
                            "%s could not be started: %s",
                            command.argv().get(0), result.errors().strip());
        }
        int signal = result.exitCode() - SIGNALLED;
        if (limits.cpuTime().isPresent() && (signal == SIGXCPU || signal == SIGKILL)) {
            throw DriverException.because(Failure.TIMED_OUT)
                    .vendorCode("exit " + result.exitCode())
                    .message(
                            "%s was ended by the kernel%s; its limit is %s of processor time; if that is too little for honest"
                                    + " work, raise it with limitedTo(...)",
                            command,
                            signal == SIGXCPU ? "" : ", for its processor time or because memory ran out",
                            limits.cpuTime().map(ToolLimits::text).orElseThrow());
        }
        if (limits.addressSpace().isPresent() && Complaint.lacksMemory(result)) {
            throw DriverException.because(Failure.EXHAUSTED)
                    .effect(Effect.UNKNOWN)
                    .vendorCode("exit " + result.exitCode())
                    .message(
                            "%s got no more memory; its limit is %s of address space, unless the host itself has none left; if"
                                    + " that is too little for honest work, raise it with limitedTo(...); it said: %s",
                            command,
                            limits.addressSpace().map(ByteSize::toString).orElseThrow(),
                            result.errors().strip());
        }
        return result;
    }

    private static long seconds(Duration time) {
        return time.getSeconds() + (time.getNano() > 0 ? 1 : 0);
    }
}
