package io.hvkit.qemu.qmp;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.qemu.Command;
import io.hvkit.qemu.CommandResult;
import io.hvkit.qemu.CommandRunner;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A program that runs until it is told to end, on a thread of its own, which lives exactly as long. The kernel ties a child to
 * the thread that started it, so this thread must not be one that may end before.
 */
final class DaemonProcess {

    private final Thread thread;
    private final CompletableFuture<CommandResult> ended;

    private DaemonProcess(Thread thread, CompletableFuture<CommandResult> ended) {
        this.thread = thread;
        this.ended = ended;
    }

    static DaemonProcess start(CommandRunner runner, Command command) {
        CompletableFuture<CommandResult> ended = new CompletableFuture<>();
        Thread thread = new Thread(() -> run(runner, command, ended), "hvkit-storage-daemon");
        thread.setDaemon(true);
        thread.start();
        return new DaemonProcess(thread, ended);
    }

    boolean isAlive() {
        return !ended.isDone();
    }

    /**
     * Returns why it has ended.
     *
     * @throws IllegalStateException if it has not
     */
    DriverException obituary() {
        try {
            CommandResult result = ended.getNow(CommandResult.of(0, "", "it still runs"));
            return DriverException.because(Failure.HOST_NOT_READY)
                    .vendorCode("exit " + result.exitCode())
                    .message(
                            "qemu-storage-daemon has ended by itself, with exit code %d: %s",
                            result.exitCode(), result.errors().strip());
        } catch (CompletionException e) {
            return e.getCause() instanceof DriverException reason
                    ? reason
                    : DriverException.because(Failure.DEFECT)
                            .causedBy(e)
                            .message("qemu-storage-daemon cannot be run: %s", e);
        }
    }

    /** Waits for its end, and for that of its thread, and returns whether it came in time. */
    boolean awaitEnd(Deadline deadline) throws InterruptedException {
        try {
            ended.get(deadline.left(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            // how it ended is told by obituary()
        }
        thread.join();
        return true;
    }

    /** Kills it and waits until it is gone; it never outlasts that by more than the seconds that the kernel needs. */
    void kill() throws InterruptedException {
        thread.interrupt();
        thread.join();
    }

    private static void run(CommandRunner runner, Command command, CompletableFuture<CommandResult> ended) {
        try {
            ended.complete(runner.run(command));
        } catch (InterruptedException e) {
            ended.completeExceptionally(DriverException.because(Failure.UNREACHABLE)
                    .effect(Effect.UNKNOWN)
                    .causedBy(e)
                    .message("qemu-storage-daemon was killed"));
        } catch (RuntimeException | Error e) {
            ended.completeExceptionally(e);
        }
    }
}
