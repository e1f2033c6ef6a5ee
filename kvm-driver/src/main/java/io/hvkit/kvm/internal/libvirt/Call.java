package io.hvkit.kvm.internal.libvirt;

import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;

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
}
