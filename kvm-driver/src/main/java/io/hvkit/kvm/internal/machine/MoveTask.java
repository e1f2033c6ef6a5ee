package io.hvkit.kvm.internal.machine;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.hypervisor.spi.JobVerdict;
import io.hvkit.hypervisor.spi.MachineMove;
import io.hvkit.kvm.internal.libvirt.LibvirtDomain;
import io.hvkit.kvm.internal.libvirt.LibvirtException;
import io.hvkit.kvm.internal.libvirt.Migration;
import io.hvkit.kvm.internal.xml.MoveNote;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A move that this process leads: its thread calls libvirt, which answers when the move is over, and then looks at both hosts. */
final class MoveTask extends WatchedMove {

    private static final Duration CANCEL_LIMIT = Duration.ofSeconds(30);

    private final MovePlan plan;
    private final MachineMove move;
    private final MoveKeys keys;
    private boolean setOut;
    private MoveDecision.Ran ran = MoveDecision.Ran.PERHAPS; // of the thread that leads
    private @Nullable DriverException refusal;

    MoveTask(
            MovePlan plan,
            MachineMove move,
            MoveSide source,
            MoveSide target,
            MoveNote note,
            MoveKeys keys,
            MoveTidying tidying) {
        super(plan.name(), plan.id(), source, target, note, tidying, plan.size(move));
        this.plan = plan;
        this.move = move;
        this.keys = keys;
    }

    /** Waits until the target has the keys; throws why not, once what it was given is gone again. */
    void awaitSetOut() throws InterruptedException {
        awaitEither(() -> setOut);
        DriverException why = refusal;
        if (why != null) {
            throw why;
        }
    }

    /** Ends it if it has not set out yet. */
    void unwanted() {
        update(() -> {
            if (!setOut) {
                wishToCancel();
            }
        });
    }

    @Override
    JobVerdict watched() throws InterruptedException {
        Optional<DriverException> why = attempt(this::prepare);
        if (why.isPresent()) {
            JobVerdict refused = new JobVerdict.Failed(
                    why.get().failure(), String.valueOf(why.get().getMessage()));
            JobVerdict last = over(refused);
            update(() -> refusal = why.get());
            return last;
        }
        update(() -> setOut = true);
        Optional<DriverException> said = attempt(this::migrate);
        return over(settled(MoveDecision.Leader.GONE, ran, said));
    }

    private JobVerdict over(JobVerdict last) throws InterruptedException {
        keys.release();
        return tidied(last);
    }

    private interface Step {
        void done() throws LibvirtException, InterruptedException;
    }

    /** Takes a step and returns why it failed, if it did. */
    private Optional<DriverException> attempt(Step step) throws InterruptedException {
        try {
            step.done();
            return Optional.empty();
        } catch (LibvirtException e) {
            return Optional.of(e.asFailureOf(toString()));
        } catch (DriverException e) {
            return Optional.of(e);
        } catch (IllegalStateException e) { // the connection was closed
            return Optional.of(
                    DriverException.because(Failure.UNREACHABLE).causedBy(e).message("%s: %s", this, e));
        }
    }

    private void prepare() throws LibvirtException, InterruptedException {
        source.session().here(here -> {
            try (LibvirtDomain domain = here.find(plan.name()).orElseThrow(this::ended)) {
                source.notes().moving(domain, note());
                return plan;
            }
        });
        keys.define();
    }

    private void migrate() throws LibvirtException, InterruptedException {
        if (wish() == MoveDecision.Wish.CANCEL) {
            return;
        }
        Migration migration = plan.migration(move, note(), target.uri());
        ran = note().arrival() == MoveNote.Arrival.HELD ? MoveDecision.Ran.NEVER : MoveDecision.Ran.PERHAPS;
        source.session().here(here -> {
            try (LibvirtDomain domain = here.find(plan.name()).orElseThrow(this::ended)) {
                return target.session().here(there -> {
                    try (PostCopySwitch follower = new PostCopySwitch(source.session(), plan.name())) {
                        if (move.busyGuest() == MachineMove.BusyGuest.POST_COPY) {
                            follower.start();
                        }
                        domain.migrate(there, migration);
                    } catch (LibvirtException e) {
                        if (!there.isAlive()) {
                            throw lost(e);
                        }
                        throw e;
                    }
                    return plan;
                });
            }
        });
        ran = MoveDecision.Ran.PERHAPS;
        letGo(); // at once, even if the source does not answer any more: libvirt has told it to end the machine
    }

    /** What the source says is what follows from that: a wire that broke, or a job that ended. */
    private DriverException lost(LibvirtException said) {
        return DriverException.because(Failure.UNREACHABLE)
                .causedBy(said)
                .message("%s: %s was lost meanwhile: %s", this, target, String.valueOf(said.getMessage()));
    }

    private DriverException ended() {
        return DriverException.because(Failure.NOT_FOUND).message("machine %s has just ended", plan.name());
    }

    /** Without this connection nobody would lead it. */
    @Override
    void leave() throws InterruptedException {
        cancel();
        Optional<JobVerdict> unused = await(CANCEL_LIMIT);
    }
}
