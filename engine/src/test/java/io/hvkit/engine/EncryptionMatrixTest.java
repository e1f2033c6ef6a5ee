package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.ImageFormat;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.key.MasterKeyFile;
import io.hvkit.engine.matrix.Cell;
import io.hvkit.engine.matrix.Cell.Bytes;
import io.hvkit.engine.matrix.Cell.PoolKind;
import io.hvkit.engine.matrix.Cell.Task;
import io.hvkit.engine.matrix.Cell.Use;
import io.hvkit.engine.matrix.EncryptionMatrix;
import io.hvkit.engine.matrix.Verdict;
import io.hvkit.engine.matrix.Verdict.Refused;
import io.hvkit.engine.offering.DiskOffering;
import io.hvkit.engine.volume.MoveRequest;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.HypervisorDrivers;
import io.hvkit.storage.spi.StorageDrivers;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.testkit.catalog.InMemoryCatalog;
import io.hvkit.testkit.hypervisor.InMemoryHypervisorDriver;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each cell is done, and what comes of it is what the matrix says. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EncryptionMatrixTest {

    private static final long CONTENT = 7;

    @TempDir
    private Path directory;

    /** What is done to volumes alone; {@link EncryptionMatrixOfMachinesTest} does the rest. */
    static final Set<Task> TASKS = EnumSet.range(Task.CREATE, Task.OFFER_PLAIN);

    static Stream<Cell> cells() {
        return EncryptionMatrix.cells().stream().filter(cell -> TASKS.contains(cell.task()));
    }

    @ParameterizedTest
    @MethodSource("cells")
    void what_the_engine_does_is_what_the_matrix_says(Cell cell) throws Exception {
        if (cell.task() == Task.REKEY && EncryptionMatrix.verdict(cell) instanceof Verdict.Supported) {
            rekey(cell);
            return;
        }
        MoveWorld world = new MoveWorld(directory);
        try (HvKit hvkit = world.process(Fuse.counting())) {
            Scene scene = new Scene(world, hvkit, cell);
            Optional<VolumeRecord> volume = scene.prepare();
            Optional<VolumeRecord> before = volume.isPresent() ? Optional.of(world.record(volume.get())) : volume;

            Verdict verdict = EncryptionMatrix.verdict(cell);
            try {
                scene.act(volume);
                assertThat(verdict).isEqualTo(new Verdict.Supported());
            } catch (DriverException e) {
                assertThat(verdict).as(e.getMessage()).isInstanceOf(Refused.class);
                RefusalWords.check((Refused) verdict, e);
                assertThat(volume.isPresent() ? Optional.of(world.record(volume.get())) : volume)
                        .as("what is refused changes nothing")
                        .usingRecursiveComparison()
                        .ignoringFields("value.version")
                        .isEqualTo(before);
            }
        }
        Counted.check(world.catalog, cell.toString());
    }

    /** In a world whose hosts change slots of headers. */
    private void rekey(Cell cell) throws Exception {
        InMemoryStorageDriver storage = new InMemoryStorageDriver();
        MasterKeyFile.create(directory.resolve("master"));
        StoragePoolType type =
                cell.pool() == PoolKind.BLOCKS ? InMemoryStorageDriver.BLOCKS : InMemoryStorageDriver.TYPE;
        try (HvKit hvkit = HvKit.open(HvKitConfig.on(InMemoryCatalog.empty())
                .keysFrom(KeyProvider.file(directory.resolve("master")))
                .endPointsFrom(known -> Optional.of(storage.endPoint(known.hostId())))
                .driversFrom(
                        HypervisorDrivers.of(List.of(new InMemoryHypervisorDriver())),
                        StorageDrivers.of(List.of(storage))))) {
            RecordId<ZoneRecord> zone = hvkit.inventory().addZone("z1").id();
            RecordId<HostRecord> host = hvkit.inventory()
                    .addHost(
                            hvkit.inventory()
                                    .addCluster(zone, "c1", InMemoryHypervisorDriver.TYPE)
                                    .id(),
                            HostRequest.named("h1"))
                    .id();
            PoolRecord pool = MoveWorld.pool(hvkit, zone, "source", type);
            VolumeRecord volume = hvkit.volumes()
                    .create(Scene.owned("data", pool).as(Scene.format(cell)).encrypted())
                    .await();
            if (cell.machine() == Use.RESTING) {
                hvkit.volumes().attach(volume.id(), host, MoveWorld.WEB).await();
            }
            assertThat(hvkit.volumes().rekey(volume.id()).await().key())
                    .isPresent()
                    .isNotEqualTo(volume.key());
        }
    }

    private record Scene(MoveWorld world, HvKit hvkit, Cell cell) {

        private PoolRecord pool(String name) throws InterruptedException {
            RecordId<ZoneRecord> zone = hvkit.inventory().zones().get(0).id();
            StoragePoolType type = switch (cell.pool()) {
                case FILES, QCOW2_FILES -> InMemoryStorageDriver.TYPE;
                case BLOCKS -> InMemoryStorageDriver.BLOCKS;
                case SELF_ENCRYPTING -> InMemoryStorageDriver.SELF_ENCRYPTING;
                case BARE -> InMemoryStorageDriver.BARE;
            };
            return MoveWorld.pool(hvkit, zone, name, type);
        }

        private VolumeRequest request() throws InterruptedException {
            VolumeRequest plain = owned("data", pool("source")).as(format(cell));
            return cell.bytes() == Bytes.ENCRYPTED ? plain.encrypted() : plain;
        }

        static ImageFormat format(Cell cell) {
            return cell.pool() == PoolKind.QCOW2_FILES ? ImageFormat.QCOW2 : ImageFormat.RAW;
        }

        private static VolumeRequest owned(String name, PoolRecord pool) {
            return VolumeRequest.blank(name, MoveWorld.SIZE, pool.id()).ownedBy(Counted.OWNER);
        }

        Optional<VolumeRecord> prepare() throws InterruptedException, IOException {
            if (cell.task() == Task.CREATE) {
                return Optional.empty();
            }
            if (cell.machine() == Use.RUNNING) {
                VolumeRecord root = world.running(owned("root", world.from), CONTENT);
                assertThat(root.state()).isEqualTo(VolumeRecord.State.READY);
                return Optional.of(
                        cell.task() == Task.ATTACH
                                ? world.resting(request(), CONTENT)
                                : world.plugged(request(), CONTENT));
            }
            VolumeRecord volume = world.resting(request(), CONTENT);
            if (cell.machine() == Use.RESTING && cell.task() != Task.ATTACH) {
                hvkit.volumes()
                        .attach(volume.id(), world.host.id(), MoveWorld.WEB)
                        .await();
            }
            return Optional.of(volume);
        }

        void act(Optional<VolumeRecord> prepared) throws InterruptedException {
            if (prepared.isEmpty()) {
                hvkit.volumes().create(request()).await();
                return;
            }
            RecordId<VolumeRecord> volume = prepared.get().id();
            switch (cell.task()) {
                case CREATE -> throw new AssertionError("what is to be made is not there");
                case DELETE -> hvkit.volumes().delete(volume).await();
                case ATTACH ->
                    hvkit.volumes()
                            .attach(volume, world.host.id(), MoveWorld.WEB)
                            .await();
                case DETACH ->
                    hvkit.volumes()
                            .detach(volume, world.host.id(), MoveWorld.WEB)
                            .await();
                case GROW ->
                    hvkit.volumes().grow(volume, ByteSize.mebibytes(64)).await();
                case MOVE ->
                    hvkit.volumes()
                            .move(MoveRequest.of(volume, pool("target").id()).copied())
                            .await();
                case MOVE_ENCRYPTED ->
                    hvkit.volumes()
                            .move(MoveRequest.of(volume, pool("target").id())
                                    .as(cell.pool() == PoolKind.BLOCKS ? ImageFormat.LUKS : format(cell))
                                    .encrypted()
                                    .copied())
                            .await();
                case ENCRYPT -> hvkit.volumes().encrypt(volume).await();
                case REKEY -> hvkit.volumes().rekey(volume).await();
                case OFFER_ENCRYPTED ->
                    offer(volume, DiskOffering.named("gold").as(format(cell)).encrypted());
                case OFFER_PLAIN -> offer(volume, DiskOffering.named("silver").as(format(cell)));
                default -> throw new AssertionError(cell.task() + " is done by another test");
            }
        }

        private void offer(RecordId<VolumeRecord> volume, DiskOffering offering) throws InterruptedException {
            OfferingRecord record = hvkit.offerings().add(offering);
            hvkit.volumes().changeOffering(volume, record.id()).await();
        }
    }

    @Test
    void the_page_shows_the_matrix() throws IOException {
        assertThat(Files.readString(Path.of("../docs/encryption-matrix.md"))).contains(EncryptionMatrix.markdown());
    }

    @Test
    void each_refusal_has_a_reason_and_a_way_out() {
        assertThat(EncryptionMatrix.cells().stream()
                        .map(EncryptionMatrix::verdict)
                        .filter(Refused.class::isInstance)
                        .map(Refused.class::cast))
                .hasSizeGreaterThan(30)
                .allMatch(refused ->
                        !refused.reason().isBlank() && !refused.alternative().isBlank());
    }
}
