package io.hvkit.engine;

import io.hvkit.catalog.jdbc.JdbcCatalog;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.MachineId;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.volume.MoveRequest;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.kvm.DirectoryPoolDriver;
import io.hvkit.kvm.KvmDriver;
import io.hvkit.kvm.KvmEndPoint;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.testkit.Await;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A process of its own that begins one operation, or recovers, and kills itself when it has met its catalog so often. */
final class OneOperationProgram {

    static final MachineId WEB = new MachineId("web-01");
    static final ByteSize STEP = ByteSize.mebibytes(1);

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** What is begun. */
    enum Work {
        CREATE,
        DELETE,
        GROW,
        REKEY,
        MOVE,
        ENCRYPT,
        ATTACH,
        DETACH,
        LIVE_MOVE,
        LIVE_ENCRYPT,
        LIVE_GROW,
        RECOVER
    }

    /**
     * What it is begun with.
     *
     * @param volume the volume it is about; none for what is made or recovered
     * @param pool the pool that the volume is made in or moved to
     * @param host the host with the machine
     */
    record Scene(Optional<RecordId<VolumeRecord>> volume, RecordId<PoolRecord> pool, RecordId<HostRecord> host) {

        List<String> arguments() {
            return List.of(volume.map(RecordId::value).orElse("none"), pool.value(), host.value());
        }

        static Scene of(String volume, String pool, String host) {
            return new Scene(
                    volume.equals("none") ? Optional.empty() : Optional.of(new RecordId<>(volume)),
                    new RecordId<>(pool),
                    new RecordId<>(host));
        }
    }

    private OneOperationProgram() {}

    /** Arguments: the folder, what is begun, the moment of death, and those of the scene. */
    public static void main(String[] arguments) throws Exception {
        Fuse fuse = Fuse.haltingAt(Integer.parseInt(arguments[2]));
        Scene scene = Scene.of(arguments[3], arguments[4], arguments[5]);
        try (HvKit hvkit = open(Path.of(arguments[0]), fuse)) {
            begin(hvkit, Work.valueOf(arguments[1]), scene);
        }
    }

    static HvKit open(Path folder, Fuse fuse) throws InterruptedException {
        return HvKit.open(HvKitConfig.on(fuse.around(JdbcCatalog.file(folder.resolve("catalog.db"))))
                .leasing(HvKitConfig.SHORTEST_LEASE)
                .keysFrom(KeyProvider.file(folder.resolve("kek")))
                .endPointsFrom(host -> Optional.of(KvmEndPoint.local(host.hostId())))
                .driversFrom(
                        HypervisorDrivers.of(List.of(new KvmDriver())),
                        StorageDrivers.of(List.of(new DirectoryPoolDriver()))));
    }

    private static void begin(HvKit hvkit, Work work, Scene scene) throws InterruptedException {
        switch (work) {
            case CREATE ->
                hvkit.volumes()
                        .create(VolumeRequest.blank("made-" + System.nanoTime(), STEP, scene.pool())
                                .encrypted())
                        .await();
            case RECOVER -> recover(hvkit);
            default -> change(hvkit, work, scene, scene.volume().orElseThrow());
        }
    }

    private static void change(HvKit hvkit, Work work, Scene scene, RecordId<VolumeRecord> volume)
            throws InterruptedException {
        switch (work) {
            case DELETE -> hvkit.volumes().delete(volume).await();
            case GROW, LIVE_GROW ->
                hvkit.volumes()
                        .grow(
                                volume,
                                hvkit.volumes()
                                        .find(volume)
                                        .orElseThrow()
                                        .size()
                                        .plus(STEP))
                        .await();
            case REKEY -> hvkit.volumes().rekey(volume).await();
            case MOVE, LIVE_MOVE ->
                hvkit.volumes().move(MoveRequest.of(volume, scene.pool())).await();
            case ENCRYPT, LIVE_ENCRYPT -> hvkit.volumes().encrypt(volume).await();
            case ATTACH -> hvkit.volumes().attach(volume, scene.host(), WEB).await();
            case DETACH -> hvkit.volumes().detach(volume, scene.host(), WEB).await();
            default -> throw new IllegalArgumentException(work + " changes no volume");
        }
    }

    /** Leases of the dead must be over first. */
    static void recover(HvKit hvkit) throws InterruptedException {
        Await.until("nothing is open", PATIENCE, () -> {
            hvkit.recover();
            return hvkit.jobs().open().isEmpty();
        });
    }
}
