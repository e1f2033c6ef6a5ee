package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostFeature;
import io.hvkit.core.HostId;
import io.hvkit.core.PoolId;
import io.hvkit.core.ProgressListener;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.volume.MoveRequest.Protection;
import io.hvkit.storage.spi.EndPointQuery;
import io.hvkit.storage.spi.VolumeLimits;
import java.util.Optional;

/**
 * The steps by which a volume that no machine runs with gets what it held before: another copy is made beside it and filled, and takes its
 * place once it was compared. The one that there was is kept as the volume's second copy, until somebody says that it can go.
 */
public final class RevertSteps {

    /** What the volume held before. */
    public interface Source {
        /** Returns the store that it is in, which the host that copies must reach. */
        PoolId store();

        /** Returns what the machine saw then. */
        ByteSize size();

        /** Returns whether it is encrypted, so that the volume must be. */
        Protection protection();

        /** Gives a host what is to be filled. */
        Facts lend(RecordId<HostRecord> host, UnfilledCopy.Look target) throws InterruptedException;

        /** Copies all of it. */
        Facts copy(RecordId<HostRecord> host, UnfilledCopy.Look target, ProgressListener listener)
                throws InterruptedException;

        /** Reads both to the last byte. */
        Facts compare(RecordId<HostRecord> host, UnfilledCopy.Look target, ProgressListener listener)
                throws InterruptedException;

        /** Takes all from the host. */
        void giveBack(RecordId<HostRecord> host, UnfilledCopy.Look target) throws InterruptedException;
    }

    private final Ground ground;
    private final CopySteps steps;

    /** Makes them. */
    public RevertSteps(Ground ground) {
        this.ground = ground;
        this.steps = new CopySteps(ground);
    }

    /** Does it. */
    public Facts run(RecordId<VolumeRecord> id, Source source, Run run) throws InterruptedException {
        MovePlan plan =
                MovePlan.of(run.step(Step.of("plan", () -> plan(id, source).facts())));
        RecordId<HostRecord> host = plan.worker().orElseThrow();
        RecordId<PoolRecord> pool = plan.from().pool();
        String name = Ground.nameIn(pool, id, plan.target().number());
        NewCopy copy = new NewCopy(id, pool, name, plan.target(), steps.key(plan, run));
        run.step(Step.recorded("mark", transaction -> CopySteps.mark(transaction, copy))
                .forgetting((transaction, evidence) -> CopySteps.unmark(transaction, id)));
        Facts made = run.step(Step.of("make", () -> copy.make(ground))
                .lookedForBy(() -> copy.find(ground))
                .undoneBy(evidence -> copy.remove(ground))
                .keeping((transaction, evidence) -> steps.seen(transaction, id, plan, evidence)));
        Facts whole = copy.withHeader(ground, plan, made, run);
        if (!plan.limits().equals(VolumeLimits.none())) {
            run.step(Step.of("limit", () -> copy.limit(ground, plan.limits())));
        }
        if (plan.use().isPresent()) {
            HostId user = new HostId(plan.use().get().host().value());
            run.step(
                    Step.of("attach", () -> copy.attach(ground, user)).undoneBy(evidence -> copy.detach(ground, user)));
        }
        UnfilledCopy.Look target = () -> unfilled(copy);
        run.step(Step.of("lend", () -> source.lend(host, target)).undoneBy(evidence -> source.giveBack(host, target)));
        run.step(Step.of("copy", () -> source.copy(host, target, run.progress())));
        run.step(Step.of("compare", () -> source.compare(host, target, run.progress())));
        run.step(Step.of("close", () -> {
            source.giveBack(host, target);
            requireAtRest(id, plan);
            return Facts.of("host", host);
        }));
        run.step(Step.recorded("switch", transaction -> CopySteps.switchOver(ground, transaction, id, whole))
                .committing());
        return Facts.of("volume", id);
    }

    private UnfilledCopy unfilled(NewCopy copy) throws InterruptedException {
        Optional<RecordId<KeyRecord>> key = copy.key();
        return new UnfilledCopy(copy.pool(), copy.requireId(ground), copy.format(), key);
    }

    /** The same as for a copy of the volume, but that it gets the size it had, and that the host reaches the store as well. */
    private MovePlan plan(RecordId<VolumeRecord> id, Source source) throws InterruptedException {
        VolumeRecord volume = ground.volume(id);
        ground.requireAtRest(volume, "stop it first");
        MovePlan plan = MovePlan.of(new MovePlanning(ground).facts(WantedCopy.refilled(id, source.protection())));
        if (plan.isLive()) {
            throw DriverException.because(Failure.IN_USE)
                    .effect(Effect.NOT_APPLIED)
                    .message("a machine has begun to run with volume %s; stop it first", volume.name());
        }
        EndPointQuery query = ground.workOn(volume).reaching(source.store()).needing(HostFeature.QEMU_IMG);
        if (source.protection() == Protection.ENCRYPTED) {
            query = query.needing(HostFeature.VOLUME_ENCRYPTION);
        }
        RecordId<HostRecord> host = ground.choose(query, "bring volume " + volume.name() + " back to what it held");
        MovePlan.Target wanted = plan.target();
        MovePlan.Target target = new MovePlan.Target(
                wanted.number(), source.size(), wanted.format(), wanted.encryption(), wanted.headerBy());
        return new MovePlan(plan.from(), target, plan.use(), Optional.of(host), plan.limits());
    }

    private void requireAtRest(RecordId<VolumeRecord> id, MovePlan plan) throws InterruptedException {
        if (plan.use().isPresent()) {
            OfflineCopy.requireAtRest(ground, id, plan.from(), plan.use().get());
        }
    }
}
