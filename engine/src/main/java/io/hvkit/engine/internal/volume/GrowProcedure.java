package io.hvkit.engine.internal.volume;

import io.hvkit.catalog.spi.AttachmentRecord;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.operation.Procedure;
import io.hvkit.engine.internal.operation.Run;
import io.hvkit.engine.internal.operation.Step;
import io.hvkit.engine.internal.usage.Measures;
import io.hvkit.hypervisor.spi.HotPlug;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.storage.spi.Growth;
import io.hvkit.storage.spi.PoolFeature;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.Volume;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Makes a volume larger: by its pool, and then its machine is told; or by the machine's hypervisor alone, where the pool does not touch
 * what is attached. Nothing that grew is ever made smaller again, so what was done is never taken back.
 */
public final class GrowProcedure implements Procedure<GrowRequest, VolumeRecord> {

    private static final String IMAGE = "image";
    private static final String ROOM = "bytes";

    private final Ground ground;

    /** Makes it. */
    public GrowProcedure(Ground ground) {
        this.ground = ground;
    }

    @Override
    public String kind() {
        return "volume.grow";
    }

    @Override
    public Facts facts(GrowRequest request) {
        return Facts.of("volume", request.volume()).with("size", request.size().bytes());
    }

    @Override
    public GrowRequest request(Facts facts) {
        return new GrowRequest(
                new RecordId<>(facts.text("volume")), ByteSize.bytes(Long.parseLong(facts.text("size"))));
    }

    @Override
    public SortedSet<String> objects(GrowRequest request) {
        return new TreeSet<>(Set.of(Ground.object(request.volume())));
    }

    @Override
    public Facts run(GrowRequest request, Run run) throws InterruptedException {
        RecordId<VolumeRecord> id = request.volume();
        Facts room = run.step(Step.of("room", () -> room(request)));
        Facts plan = run.step(Step.recorded("plan", transaction -> plan(transaction, request, room))
                .forgetting((transaction, evidence) -> giveBack(transaction, id)));
        Facts grown = run.step(Step.of("grow", () -> grow(request, plan)).undoneBy(evidence -> keepWhatGrew(id)));
        if (grown.find(IMAGE).isPresent()) {
            new GrownImage(ground, id, ByteSize.bytes(Long.parseLong(grown.text(IMAGE)))).grow(run);
        }
        run.step(Step.of("see", () -> see(id))
                .keeping((transaction, evidence) -> ground.settle(
                        transaction,
                        transaction
                                .volumes()
                                .update(transaction
                                        .volumes()
                                        .require(id)
                                        .of(ByteSize.bytes(Long.parseLong(evidence.text("size"))))))));
        return Facts.of("volume", id);
    }

    /** Nothing makes it smaller again: it is recorded, and counts, as large as it is. It only ever grows, so who comes late does no harm. */
    private void keepWhatGrew(RecordId<VolumeRecord> id) throws InterruptedException {
        ByteSize size = ByteSize.bytes(Long.parseLong(see(id).text("size")));
        VolumeRecord unused = ground.catalog().inTransaction(transaction -> {
            VolumeRecord known = transaction.volumes().require(id);
            if (size.compareTo(known.size()) <= 0) {
                return known;
            }
            return transaction.volumes().update(known.of(size));
        });
    }

    private void giveBack(Transaction transaction, RecordId<VolumeRecord> id) {
        transaction
                .volumes()
                .find(id)
                .ifPresent(volume ->
                        ground.ledger(transaction).giveBack(Ground.object(id), Measures.volume(volume.size())));
    }

    /** How much it is to count for, if it counts for somebody: the pool may make it larger than it is asked for. */
    private Facts room(GrowRequest request) throws InterruptedException {
        boolean counts = ground.catalog()
                .inTransaction(transaction -> ground.ledger(transaction).find(Ground.object(request.volume())))
                .isPresent();
        if (!counts) {
            return Facts.NONE;
        }
        VolumeRecord volume = ground.volume(request.volume());
        StoragePool pool = ground.pool(volume.place().pool());
        return Facts.of(ROOM, VolumeTerms.planned(pool, volume, request.size()).bytes());
    }

    private Facts plan(Transaction transaction, GrowRequest request, Facts room) {
        VolumeRecord volume = Ground.requireReady(transaction, request.volume());
        if (request.size().compareTo(volume.size()) < 0) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "volume %s holds %s and is never made smaller, not even to %s",
                            volume.name(), volume.size(), request.size());
        }
        ByteSize planned =
                room.find(ROOM).map(Long::parseLong).map(ByteSize::bytes).orElse(request.size());
        ground.ledger(transaction).reserveGrowth(Ground.object(volume.id()), Measures.volume(planned));
        Optional<AttachmentRecord> use =
                Ground.uses(transaction, volume.id()).stream().findAny();
        return Facts.NONE
                .with("host", use.map(AttachmentRecord::host))
                .with("machine", use.map(AttachmentRecord::machine));
    }

    private Facts grow(GrowRequest request, Facts plan) throws InterruptedException {
        VolumeRecord volume = ground.volume(request.volume());
        StoragePool pool = ground.pool(volume.place().pool());
        Optional<Running> running = running(volume, plan);
        boolean hasImage = volume.place().format() == ImageFormat.QCOW2
                && volume.key().isPresent()
                && pool.encryption().needsHeader();
        if (running.isEmpty()) {
            growInPool(pool, volume, request.size());
            return hasImage ? Facts.of(IMAGE, see(volume.id()).text("size")) : Facts.NONE;
        }
        boolean grewInPool = pool.features().offers(PoolFeature.GROWTH_WHILE_ATTACHED);
        if (grewInPool) {
            growUnder(new HostId(plan.text("host")), pool, volume, request.size());
        }
        ByteSize size =
                hasImage ? ByteSize.bytes(Long.parseLong(see(volume.id()).text("size"))) : request.size();
        Running under = running.get();
        try {
            ground.turns().take(under.machine(), () -> {
                under.hotPlug().resize(under.machine(), under.disk(), size);
                return under;
            });
        } catch (DriverException e) {
            throw grewInPool ? halfway(e) : e;
        }
        return Facts.NONE;
    }

    /** The machine was not told, but the pool has done its part: this is no failure that changed nothing. */
    private static DriverException halfway(DriverException refused) {
        return DriverException.because(refused.failure())
                .effect(Effect.UNKNOWN)
                .causedBy(refused)
                .message(
                        "the volume grew in its pool, and its machine was not told: %s",
                        String.valueOf(refused.getMessage()));
    }

    /** A host sees a device as it was until it has asked its storage, and the hypervisor believes the device. */
    private void growUnder(HostId host, StoragePool pool, VolumeRecord volume, ByteSize size)
            throws InterruptedException {
        VolumeId id = Ground.external(volume);
        Optional<HostDevices.Before> before = ground.devices().beforeGrowth(pool, id, host);
        ByteSize was = pool.find(id).map(Volume::size).orElse(volume.size());
        growInPool(pool, volume, size);
        ByteSize is = pool.find(id).map(Volume::size).orElse(was);
        if (before.isPresent() && is.compareTo(was) > 0) {
            ground.devices().awaitGrowth(before.get());
        }
    }

    private void growInPool(StoragePool pool, VolumeRecord volume, ByteSize size) throws InterruptedException {
        Growth growth = pool.growth()
                .orElseThrow(() -> DriverException.because(Failure.UNSUPPORTED)
                        .message("pool %s makes no volume larger; move %s to another one", pool.id(), volume.name()));
        VolumeId id = Ground.external(volume);
        if (volume.key().isEmpty()) {
            growth.growTo(id, size);
            return;
        }
        try (Secret key = ground.keys().open(volume.key().get())) {
            growth.growTo(id, size, key);
        }
    }

    /** A machine that runs with a volume. */
    private record Running(HotPlug hotPlug, MachineId machine, VolumeId disk) {}

    private Optional<Running> running(VolumeRecord volume, Facts plan) throws InterruptedException {
        if (plan.find("host").isEmpty()) {
            return Optional.empty();
        }
        Hypervisor host = ground.host(new RecordId<HostRecord>(plan.text("host")));
        MachineId machine = new MachineId(plan.text("machine"));
        if (!Disks.isRunning(host, machine)) {
            return Optional.empty();
        }
        HostId on = new HostId(plan.text("host"));
        VolumeId disk = Disks.requireCalled(host, machine, volume, ground.placeOn(volume, on));
        return Optional.of(new Running(Disks.hotPlug(host), machine, disk));
    }

    private Facts see(RecordId<VolumeRecord> id) throws InterruptedException {
        VolumeRecord volume = ground.volume(id);
        return ground.pool(volume.place().pool())
                .find(Ground.external(volume))
                .map(Ground::evidence)
                .orElseThrow(() -> DriverException.because(Failure.CORRUPT_DATA)
                        .message("volume %s grew and is not in its pool now", volume.name()));
    }

    @Override
    public VolumeRecord result(GrowRequest request, Facts result) throws InterruptedException {
        return ground.volume(request.volume());
    }
}
