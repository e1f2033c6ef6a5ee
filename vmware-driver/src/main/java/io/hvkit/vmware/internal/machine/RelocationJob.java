package io.hvkit.vmware.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.MachineId;
import io.hvkit.core.Progress;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.MachineMoveJob;
import io.hvkit.hypervisor.spi.Relocation;
import io.hvkit.vmware.internal.soap.Call;
import io.hvkit.vmware.internal.soap.Data;
import io.hvkit.vmware.internal.soap.Node;
import io.hvkit.vmware.internal.soap.Ref;
import io.hvkit.vmware.internal.soap.VimFault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A move that this connection began. A thread of its own waits for its turn and then for the vCenter; how it ended is read back from the
 * machine, whatever the vCenter said.
 */
final class RelocationJob implements MachineMoveJob {

    /** What is to be done. */
    record Order(MachineId machine, Relocation relocation, Destination destination) {}

    private enum Stage {
        QUEUED,
        BEGUN
    }

    private final Site site;
    private final VmReader reader;
    private final Changes changes;
    private final MachineLocks locks;
    private final Order order;
    private final CompletableFuture<JobVerdict> verdict = new CompletableFuture<>();
    private final Thread thread;
    private Runnable ended = () -> {};
    private Stage stage = Stage.QUEUED;
    private boolean cancelled;
    private @Nullable Ref task;

    RelocationJob(Site site, VmReader reader, Changes changes, MachineLocks locks, Order order) {
        this.site = site;
        this.reader = reader;
        this.changes = changes;
        this.locks = locks;
        this.order = order;
        this.thread = new Thread(this::run, "hvkit vmware move of " + order.machine());
        this.thread.setDaemon(true);
    }

    void begin(Runnable whenEnded) {
        ended = whenEnded;
        thread.start();
    }

    boolean isFor(Relocation relocation) {
        return order.relocation().equals(relocation);
    }

    private void run() {
        JobVerdict end;
        try {
            end = moved();
        } catch (DriverException e) {
            end = seen(e);
        } catch (InterruptedException e) {
            end = new JobVerdict.Cancelled(); // it has not begun
        } catch (RuntimeException e) {
            end = new JobVerdict.Vanished("the driver failed: " + e);
        }
        ended.run();
        verdict.complete(end);
    }

    private JobVerdict moved() throws InterruptedException {
        Vm vm = present();
        if (order.destination().isReached(vm, home(vm))) {
            return new JobVerdict.Succeeded(List.of());
        }
        boolean copies = order.destination().copies(vm);
        List<String> hosts = vm.host().filter(site.host()::equals).isPresent()
                ? List.of(site.name(), order.destination().target().name())
                : List.of(order.destination().target().name());
        return site.heavy()
                .during(
                        copies ? HeavyWork.Kind.STORAGE_MOVE : HeavyWork.Kind.MOVE,
                        site.policy(),
                        hosts,
                        order.destination().datastores(vm),
                        () -> locks.alone(order.machine(), this::afterItsTurn));
    }

    private JobVerdict afterItsTurn() throws InterruptedException {
        synchronized (this) {
            if (cancelled) {
                return new JobVerdict.Cancelled();
            }
            stage = Stage.BEGUN;
        }
        return Changes.sure(this::attempt);
    }

    /** Looks first: an attempt whose answer was lost may have done it. */
    private JobVerdict attempt() throws Changes.Unsure, InterruptedException {
        Vm vm = present();
        if (order.destination().isReached(vm, home(vm))) {
            return told();
        }
        synchronized (this) {
            if (cancelled) {
                return new JobVerdict.Cancelled();
            }
        }
        Data request =
                Data.of("RelocateVM_Task").with("spec", order.destination().spec(vm));
        try {
            Node done = changes.task(Call.changing(vm.ref(), request), this::started);
            System.getLogger(RelocationJob.class.getName())
                    .log(System.Logger.Level.TRACE, "{0} has moved: {1}", order.machine(), done);
        } catch (VimFault e) {
            if (!isThere()) {
                return e.is("RequestCanceled")
                        ? new JobVerdict.Cancelled()
                        : new JobVerdict.Failed(e.asFailure().failure(), e.type() + ": " + e.getMessage());
            }
        }
        return isThere()
                ? told()
                : new JobVerdict.Vanished("the vCenter says that it has moved, and it is not where it is to be");
    }

    /** It has moved; that what a linked clone lies over does not know where to is a warning. */
    private JobVerdict told() throws InterruptedException {
        try {
            new CloneLinks(reader, changes).tell(present());
            return new JobVerdict.Succeeded(List.of());
        } catch (DriverException e) {
            return new JobVerdict.Succeeded(
                    List.of("the snapshot that it lies over is not told where it is: " + e.getMessage()));
        } catch (Changes.Unsure e) {
            return new JobVerdict.Succeeded(List.of("whether the snapshot that it lies over is told, is not known: "
                    + e.asFailure().getMessage()));
        }
    }

    private Vm present() throws InterruptedException {
        return reader.made(order.machine())
                .orElseThrow(() -> DriverException.because(Failure.NOT_FOUND)
                        .message("machine %s is not there any more", order.machine()));
    }

    private String home(Vm vm) throws InterruptedException {
        String path = reader.of(vm.ref(), "config.files.vmPathName").text("config.files.vmPathName");
        return DiskFile.spelt(path).map(DiskFile::datastore).orElse("");
    }

    private boolean isThere() throws InterruptedException {
        Vm vm = present();
        return order.destination().isReached(vm, home(vm));
    }

    private void started(Ref known) {
        boolean late;
        synchronized (this) {
            task = known;
            late = cancelled;
        }
        if (late) {
            MoveTasks.cancel(site, known);
        }
    }

    /** Returns what a look says after a failure; nobody knows if it fails, too. */
    private JobVerdict seen(DriverException failure) {
        try {
            if (isThere()) {
                return new JobVerdict.Succeeded(List.of());
            }
            return failure.effect() == Effect.NOT_APPLIED
                    ? new JobVerdict.Failed(failure.failure(), String.valueOf(failure.getMessage()))
                    : new JobVerdict.Vanished(String.valueOf(failure.getMessage()));
        } catch (DriverException e) {
            return new JobVerdict.Vanished(failure.getMessage() + "; and a look failed: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new JobVerdict.Vanished(String.valueOf(failure.getMessage()));
        }
    }

    @Override
    public Progress progress() throws InterruptedException {
        JobVerdict end = verdict.getNow(null);
        if (end instanceof JobVerdict.Succeeded) {
            return MoveTasks.progress("moved", 100);
        }
        Ref known;
        synchronized (this) {
            known = task;
        }
        return known == null ? MoveTasks.progress("waiting for its turn", 0) : MoveTasks.progress(site, known);
    }

    @Override
    public Optional<JobVerdict> await(Duration limit) throws InterruptedException {
        try {
            return Optional.of(verdict.get(limit.toNanos(), TimeUnit.NANOSECONDS));
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a verdict never fails", e);
        }
    }

    @Override
    public void cancel() {
        Ref known;
        synchronized (this) {
            cancelled = true;
            known = task;
            if (stage == Stage.QUEUED) {
                thread.interrupt();
            }
        }
        if (known != null && !verdict.isDone()) {
            MoveTasks.cancel(site, known);
        }
    }

    /** Gives it up if it has not begun. */
    synchronized void abandon() {
        if (stage == Stage.QUEUED) {
            cancelled = true;
            thread.interrupt();
        }
    }
}
