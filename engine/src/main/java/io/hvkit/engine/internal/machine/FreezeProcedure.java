package io.hvkit.engine.internal.machine;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.MachineDiskRecord.Overlay;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.volume.Disks;
import io.hvkit.engine.internal.volume.Ground;
import io.hvkit.engine.internal.volume.Overlays;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;

/**
 * Freezes what a machine has on its disks. The overlays are written down before there are any, so that whatever dies, a disk is never taken
 * for its volume alone; then they are made, and the machine goes on with all of them at once.
 */
public final class FreezeProcedure implements Procedure<FreezeWork, MachineRecord> {

    private final MachineGround machines;
    private final Ground ground;
    private final NewOverlays making;

    /** Makes it. */
    public FreezeProcedure(MachineGround machines) {
        this.machines = machines;
        this.ground = machines.ground();
        this.making = new NewOverlays(ground);
    }

    @Override
    public String kind() {
        return "machine.snapshot";
    }

    @Override
    public Facts facts(FreezeWork request) {
        return request.facts();
    }

    @Override
    public FreezeWork request(Facts facts) {
        return FreezeWork.of(facts);
    }

    @Override
    public SortedSet<String> objects(FreezeWork request) {
        return request.work().objects();
    }

    @Override
    public Facts run(FreezeWork request, Run run) throws InterruptedException {
        MachineWork work = request.work();
        Facts seen = run.step(Step.of("look", () -> look(request)));
        if (seen.find("taken").isPresent()) {
            return work.facts(); // it was taken before
        }
        RecordId<HostRecord> host = new RecordId<>(seen.text("host"));
        run.step(Step.recorded("announce", transaction -> announce(transaction, request))
                .forgetting((transaction, evidence) -> forget(transaction, request)));
        for (RecordId<VolumeRecord> disk : request.frozen()) {
            run.step(Step.of("image-" + work.disks().indexOf(disk), () -> making.make(host, disk)));
        }
        run.step(Step.of("take", () -> ground.turns().take(work.id(), () -> making.take(host, request)))
                .lookedForBy(() -> taken(host, request))
                .keeping((transaction, evidence) -> keep(transaction, request))
                .committing());
        return work.facts();
    }

    private Facts look(FreezeWork request) throws InterruptedException {
        MachineWork work = request.work();
        MachineRecord machine = machines.machine(work.machine());
        RecordId<HostRecord> host = machine.host()
                .filter(known -> machine.state() == MachineRecord.State.RUNNING)
                .orElseThrow(() -> refused(
                        Failure.INVALID_REQUEST,
                        request,
                        "it is " + machine.state() + ", and is frozen while it runs; start it"));
        if (!Disks.isRunning(ground.host(host), work.id())) {
            throw refused(Failure.INVALID_REQUEST, request, "it has ended; stop it, and start it");
        }
        for (RecordId<VolumeRecord> disk : request.leftOut()) {
            if (!work.disks().contains(disk)) {
                throw refused(Failure.INVALID_REQUEST, request, "it has no disk " + disk + ", which is to be left out");
            }
        }
        if (request.frozen().isEmpty()) {
            throw refused(Failure.INVALID_REQUEST, request, "all its disks are left out; freeze one");
        }
        Map<RecordId<VolumeRecord>, List<Overlay>> chains = new ChainLook(ground, host, work).record();
        int had = 0;
        for (RecordId<VolumeRecord> disk : request.frozen()) {
            had += requireSettled(request, disk, Optional.ofNullable(chains.get(disk)));
        }
        if (had > 0 && had < request.frozen().size()) {
            throw refused(
                    Failure.EXISTS_DIFFERENTLY, request, "it has a snapshot of that name of other disks; name another");
        }
        Facts facts = Facts.of("host", host);
        return had > 0 ? facts.with("taken", request.name()) : facts;
    }

    /** Returns 1 if a disk has the overlay, else 0. */
    private int requireSettled(FreezeWork request, RecordId<VolumeRecord> disk, Optional<List<Overlay>> chain)
            throws InterruptedException {
        VolumeRecord volume = ground.volume(disk);
        List<Overlay> overlays = chain.orElseThrow(() -> refused(
                Failure.IN_USE,
                request,
                "it has neither volume " + volume.name() + " nor what lies over it; see machines().chains(...)"));
        for (Overlay overlay : overlays) {
            if (overlay.state() == Overlay.State.MERGING) {
                throw refused(
                        Failure.IN_USE,
                        request,
                        Overlays.text(overlay) + " is being merged; wait for that by machines().merge(...)");
            }
        }
        return overlays.stream()
                        .anyMatch(overlay ->
                                overlay.disk().equals(request.overlay(volume).disk()))
                ? 1
                : 0;
    }

    private static DriverException refused(Failure failure, FreezeWork request, String why) {
        return DriverException.because(failure)
                .effect(Effect.NOT_APPLIED)
                .message(
                        "snapshot %s of machine %s is not taken: %s",
                        request.name(), request.work().name(), why);
    }

    private static Facts announce(Transaction transaction, FreezeWork request) {
        MachineRecord machine = request.work().require(transaction);
        for (RecordId<VolumeRecord> disk : request.frozen()) {
            VolumeRecord volume = Ground.requireReadyBelow(transaction, disk);
            List<Overlay> overlays = new ArrayList<>(Overlays.over(transaction, disk));
            overlays.add(request.overlay(volume));
            Overlays.keep(transaction, disk, overlays);
        }
        return Facts.of("machine", machine.id());
    }

    private static void forget(Transaction transaction, FreezeWork request) {
        for (RecordId<VolumeRecord> disk : request.frozen()) {
            Overlay overlay = request.overlay(transaction.volumes().require(disk));
            List<Overlay> overlays = new ArrayList<>(Overlays.over(transaction, disk));
            if (overlays.remove(overlay)) {
                Overlays.keep(transaction, disk, overlays);
            }
        }
    }

    private static void keep(Transaction transaction, FreezeWork request) {
        for (RecordId<VolumeRecord> disk : request.frozen()) {
            List<Overlay> overlays = new ArrayList<>(Overlays.over(transaction, disk));
            overlays.replaceAll(overlay -> overlay.in(Overlay.State.LAID));
            Overlays.keep(transaction, disk, overlays);
        }
    }

    /**
     * If the machine has ended meanwhile, nobody knows whether it had the overlays. Then it has them from now on: one that it never wrote to
     * holds nothing, and reads as what it lies over.
     */
    private Optional<Facts> taken(RecordId<HostRecord> host, FreezeWork request) throws InterruptedException {
        MachineWork work = request.work();
        Facts facts = Facts.of("snapshot", request.name());
        if (!Disks.isRunning(ground.host(host), work.id())) {
            return Optional.of(facts.with("ended", work.name()));
        }
        Map<RecordId<VolumeRecord>, List<Overlay>> chains = new ChainLook(ground, host, work).look();
        for (RecordId<VolumeRecord> disk : request.frozen()) {
            Overlay overlay = request.overlay(ground.volume(disk)).in(Overlay.State.LAID);
            if (!chains.getOrDefault(disk, List.of()).contains(overlay)) {
                return Optional.empty();
            }
        }
        return Optional.of(facts);
    }

    @Override
    public MachineRecord result(FreezeWork request, Facts result) throws InterruptedException {
        return machines.machine(request.work().machine());
    }
}
