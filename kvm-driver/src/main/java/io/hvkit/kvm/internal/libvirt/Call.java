package io.hvkit.kvm.internal.libvirt;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A call on its way to the host. Whoever gives it up learns whether the host was asked: until a connection is lent to it, it can be
 * taken back.
 *
 * @param <R> what comes out
 */
final class Call<R> {

    private enum Stage {
        WAITING,
        ASKING,
        TAKEN_BACK
    }

    /** Work that says when it begins to ask. */
    @FunctionalInterface
    interface Work<R> {
        R with(Call<R> call) throws Exception;
    }

    private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.WAITING);
    private final FutureTask<R> task;

    Call(Work<R> work) {
        Callable<R> whole = () -> work.with(this);
        this.task = new FutureTask<>(whole);
    }

    FutureTask<R> task() {
        return task;
    }

    /** Returns whether it may ask the host now, or once more; not if it was taken back. */
    boolean begins() {
        return stage.compareAndSet(Stage.WAITING, Stage.ASKING) || stage.get() == Stage.ASKING;
    }

    /** Takes it back if nothing was asked yet, and returns whether that is so. */
    boolean takeBack() {
        boolean taken = stage.compareAndSet(Stage.WAITING, Stage.TAKEN_BACK);
        if (taken) {
            task.cancel(true); // it may wait for a connection
        }
        return taken;
    }

    /** Returns what a caller is told of a call that failed. */
    static RuntimeException failure(String what, @Nullable Throwable cause, Effect whenLost) {
        if (cause instanceof LibvirtException libvirt) {
            DriverException plain = libvirt.asFailureOf(what);
            if (plain.failure() == Failure.UNREACHABLE && whenLost == Effect.NOT_APPLIED) {
                return DriverException.because(Failure.UNREACHABLE)
                        .effect(whenLost)
                        .causedBy(libvirt)
                        .message("%s: %s", what, String.valueOf(libvirt.getMessage()));
            }
            return plain;
        }
        if (cause instanceof RuntimeException runtime) {
            return runtime;
        }
        if (cause instanceof Error error) {
            throw error;
        }
        return DriverException.because(Failure.DEFECT)
                .causedBy(cause == null ? new IllegalStateException("no cause") : cause)
                .message("%s failed", what);
    }
}
