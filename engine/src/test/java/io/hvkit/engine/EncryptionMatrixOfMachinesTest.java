package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.ClusterRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.SnapshotRecord;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.job.JobEnd;
import io.hvkit.engine.machine.MachineRequest;
import io.hvkit.engine.machine.MigrateRequest;
import io.hvkit.engine.machine.ReinstallRequest;
import io.hvkit.engine.matrix.Cell;
import io.hvkit.engine.matrix.Cell.Bytes;
import io.hvkit.engine.matrix.Cell.PoolKind;
import io.hvkit.engine.matrix.Cell.Task;
import io.hvkit.engine.matrix.Cell.Use;
import io.hvkit.engine.matrix.EncryptionMatrix;
import io.hvkit.engine.matrix.Verdict;
import io.hvkit.engine.matrix.Verdict.Refused;
import io.hvkit.engine.snapshot.RestoreRequest;
import io.hvkit.engine.snapshot.SnapshotRequest;
import io.hvkit.engine.template.CaptureRequest;
import io.hvkit.engine.volume.ExtractRequest;
import io.hvkit.engine.volume.MoveRequest;
import io.hvkit.engine.volume.PlaintextAuthorisation;
import io.hvkit.engine.volume.VolumeMoves;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.storage.spi.StoragePoolType;
import java.nio.file.Path;
import java.time.Duration;
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

/**
 * Each cell of machines, snapshots, templates and files is done; what comes of it is what the matrix says, and what is encrypted is so wherever it
 * has come to. The oracle of chaos judges what is there afterwards.
 */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EncryptionMatrixOfMachinesTest {

    private static final Set<Task> TASKS = EnumSet.complementOf(EnumSet.copyOf(EncryptionMatrixTest.TASKS));
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    @TempDir
    private Path folder;

    static Stream<Cell> cells() {
        return EncryptionMatrix.cells().stream().filter(cell -> TASKS.contains(cell.task()));
    }

    @ParameterizedTest
    @MethodSource("cells")
    void what_the_engine_does_is_what_the_matrix_says(Cell cell) throws Exception {
        try (ChaosWorld world = new ChaosWorld(folder, SnapshotWorld.inMemory(), 1);
                ChaosEngine engine = world.engine("calm")) {
            Scene scene = new Scene(world, engine.hvkit(), cell, folder);
            scene.prepare();
            List<VolumeRecord> before = scene.volumes();
            Verdict verdict = EncryptionMatrix.verdict(cell);
            try {
                scene.act();
                assertThat(verdict).isEqualTo(new Verdict.Supported());
                scene.requireProtected();
            } catch (DriverException e) {
                assertThat(verdict).as(e.getMessage()).isInstanceOf(Refused.class);
                RefusalWords.check((Refused) verdict, e);
                assertThat(scene.volumes())
                        .as("what is refused changes nothing")
                        .usingRecursiveComparison()
                        .ignoringFields("version")
                        .isEqualTo(before);
                assertThat(scene.export).doesNotExist();
            }
            ChaosOracle.check(world, cell.toString());
        }
    }

    private static final class Scene {
        private final ChaosWorld world;
        private final HvKit hvkit;
        private final Cell cell;
        private final Path export;
        private final Secret key = Secret.random();
        private PoolRecord pool;
        private Optional<VolumeRecord> volume = Optional.empty();
        private Optional<MachineRecord> machine = Optional.empty();
        private Optional<VolumeRecord> other = Optional.empty();
        private Optional<RecordId<SnapshotRecord>> snapshot = Optional.empty();
        private Optional<TemplateRecord> template = Optional.empty();

        Scene(ChaosWorld world, HvKit hvkit, Cell cell, Path folder) throws InterruptedException {
            this.world = world;
            this.hvkit = hvkit;
            this.cell = cell;
            this.export = folder.resolve("export");
            this.pool = cell.task() == Task.MIGRATE_WITH_IT ? local("here", world.hosts.get(0)) : everywhere("here");
        }

        private StoragePoolType type() {
            return switch (cell.pool()) {
                case FILES, QCOW2_FILES -> ChaosStorage.FILES;
                case BLOCKS -> ChaosStorage.BLOCKS;
                case SELF_ENCRYPTING -> ChaosStorage.SEALED;
                case BARE -> ChaosStorage.BARE;
            };
        }

        private ImageFormat format() {
            return cell.pool() == PoolKind.QCOW2_FILES ? ImageFormat.QCOW2 : ImageFormat.RAW;
        }

        private PoolRecord everywhere(String name) throws InterruptedException {
            RecordId<ZoneRecord> zone = hvkit.inventory().zones().get(0).id();
            return known(hvkit.inventory()
                    .addPool(
                            new PoolRecord.Reach(zone, Optional.empty(), Optional.empty()),
                            PoolRequest.named(name, type())));
        }

        private PoolRecord local(String name, HostRecord host) throws InterruptedException {
            ClusterRecord cluster = world.catalog.inTransaction(
                    transaction -> transaction.clusters().require(host.cluster()));
            return known(
                    hvkit.inventory().addPool(PoolRecord.Reach.of(cluster, host), PoolRequest.named(name, type())));
        }

        private PoolRecord known(PoolRecord made) {
            world.pools.add(made);
            return made;
        }

        private VolumeRequest plain(String name) {
            VolumeRequest blank = VolumeRequest.blank(name, ChaosWorld.SIZE, pool.id());
            return blank.as(format());
        }

        private VolumeRequest request(String name) {
            return cell.bytes() == Bytes.ENCRYPTED ? plain(name).encrypted() : plain(name);
        }

        void prepare() throws Exception {
            if (needsTemplate()) {
                TemplateRecord debian =
                        hvkit.templates().register(world.template()).await();
                hvkit.templates()
                        .upload(debian.id(), world.pools.get(0).id(), world.image)
                        .await();
                template = Optional.of(debian);
            }
            if (cell.task() == Task.NEW_OF_TEMPLATE) {
                return;
            }
            VolumeRecord made = hvkit.volumes().create(request("data")).await();
            volume = Optional.of(made);
            if (needsSnapshot()) {
                snapshot = Optional.of(hvkit.snapshots()
                        .take(
                                made.id(),
                                SnapshotRequest.named(
                                        "monday", world.stores.get(0).id()))
                        .await());
            }
            if (cell.task() == Task.NEW_PLAIN_OF_ITS_TEMPLATE) {
                template = Optional.of(hvkit.templates()
                        .capture(CaptureRequest.of(made.id(), "golden", pool.id()))
                        .await());
            }
            if (cell.task() == Task.MOVE_TOGETHER) {
                other = Optional.of(hvkit.volumes().create(request("other")).await());
            }
            if (cell.machine() != Use.NONE) {
                MachineRequest bare = MachineRequest.named("web").root(made.id());
                MachineRequest wanted = other.map(disk -> bare.disk(disk.id())).orElse(bare);
                machine = Optional.of(
                        cell.machine() == Use.RUNNING
                                ? hvkit.machines().start(wanted).await()
                                : hvkit.machines().create(wanted).await());
            }
        }

        private boolean needsTemplate() {
            return cell.task() == Task.REINSTALL
                    || cell.task() == Task.REINSTALL_PLAIN
                    || cell.task() == Task.NEW_OF_TEMPLATE;
        }

        private boolean needsSnapshot() {
            return cell.task() == Task.REVERT || cell.task() == Task.RESTORE || cell.task() == Task.RESTORE_PLAIN;
        }

        List<VolumeRecord> volumes() throws InterruptedException {
            return hvkit.volumes().page(Optional.empty(), 100);
        }

        private RecordId<MachineRecord> web() {
            return machine.orElseThrow().id();
        }

        private RecordId<VolumeRecord> data() {
            return volume.orElseThrow().id();
        }

        void act() throws InterruptedException {
            switch (cell.task()) {
                case MOVE_TOGETHER -> moveTogether();
                case START -> hvkit.machines().start(web()).await();
                case MIGRATE ->
                    hvkit.machines().migrate(MigrateRequest.of(web())).await();
                case MIGRATE_WITH_IT -> {
                    RecordId<PoolRecord> there =
                            local("there", world.hosts.get(1)).id();
                    hvkit.machines()
                            .migrate(MigrateRequest.of(web()).moving(data(), there))
                            .await();
                }
                case REINSTALL -> reinstall(request("fresh"));
                case REINSTALL_PLAIN -> reinstall(plain("fresh"));
                case SNAPSHOT ->
                    hvkit.snapshots()
                            .take(
                                    data(),
                                    SnapshotRequest.named(
                                            "monday", world.stores.get(0).id()))
                            .await();
                case REVERT -> {
                    hvkit.snapshots().revert(data(), snapshot.orElseThrow()).await();
                    hvkit.volumes().tidy(data()).await(); // what it held before is kept until then
                }
                case RESTORE -> restore(cell.bytes());
                case RESTORE_PLAIN -> restore(Bytes.PLAIN);
                case CAPTURE ->
                    hvkit.templates()
                            .capture(CaptureRequest.of(data(), "golden", pool.id()))
                            .await();
                case NEW_OF_TEMPLATE ->
                    hvkit.templates()
                            .newVolume(template.orElseThrow().id(), request("data"))
                            .await();
                case NEW_PLAIN_OF_ITS_TEMPLATE ->
                    hvkit.templates()
                            .newVolume(template.orElseThrow().id(), plain("fresh"))
                            .await();
                case EXTRACT -> extract(extraction().encryptedBy(key));
                case EXTRACT_AUTHORISED ->
                    extract(extraction().inClear(new PlaintextAuthorisation("alice", "the customer asked")));
                case EXTRACT_CLEAR -> extract(extraction());
                default -> throw new AssertionError(cell.task() + " is done by another test");
            }
        }

        private void moveTogether() throws InterruptedException {
            RecordId<PoolRecord> there = everywhere("there").id();
            VolumeMoves moves = hvkit.volumes()
                    .moveAll(List.of(
                            MoveRequest.of(data(), there).copied(),
                            MoveRequest.of(other.orElseThrow().id(), there).copied()));
            VolumeMoves.Result result = moves.await(PATIENCE);
            assertThat(result.refused()).isEmpty();
            assertThat(result.ends().values()).hasSize(2).allMatch(end -> end instanceof JobEnd.Done);
            assertThat(volumes()).allMatch(moved -> moved.place().pool().equals(there));
        }

        private void reinstall(VolumeRequest root) throws InterruptedException {
            hvkit.machines()
                    .reinstall(ReinstallRequest.of(web(), template.orElseThrow().id(), root))
                    .await();
        }

        private void restore(Bytes as) throws InterruptedException {
            RestoreRequest formed = RestoreRequest.of(snapshot.orElseThrow(), "restored", pool.id());
            RestoreRequest plain = formed.as(format());
            hvkit.snapshots()
                    .restore(as == Bytes.ENCRYPTED ? plain.encrypted() : plain)
                    .await();
        }

        private ExtractRequest extraction() {
            RecordId<HostRecord> host = machine.flatMap(MachineRecord::host)
                    .orElse(world.hosts.get(0).id());
            return ExtractRequest.of(data(), host, export);
        }

        private void extract(ExtractRequest request) throws InterruptedException {
            hvkit.volumes().extract(request).await();
            ChaosArray.Thing made = world.array.exported(export).orElseThrow();
            assertThat(made.isOpenedBy(Optional.of(key))).isTrue();
            assertThat(made.locks.isEmpty()).isEqualTo(cell.task() != Task.EXTRACT);
            VolumeRecord source = volume.orElseThrow();
            assertThat(ChaosArray.read(made.file))
                    .isEqualTo(ChaosArray.read(world.array
                            .find(pool.poolId(), new VolumeId(ChaosSight.idOf(source.place())))
                            .orElseThrow()
                            .file));
        }

        /** What was encrypted is so wherever it is now. */
        void requireProtected() throws InterruptedException {
            if (cell.bytes() == Bytes.PLAIN) {
                return;
            }
            assertThat(volumes())
                    .isNotEmpty()
                    .allMatch(made -> made.place().encryption().isPresent());
            assertThat(world.templates().stream().filter(made -> made.name().equals("golden")))
                    .allMatch(made -> made.key().isPresent() || isSealed(made));
        }

        private boolean isSealed(TemplateRecord made) {
            try {
                return hvkit.templates().copies(made.id()).stream()
                        .allMatch(copy -> copy.place().encryption().isPresent());
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    @Test
    void both_tests_together_do_all_cells() {
        assertThat(cells().count() + EncryptionMatrixTest.cells().count())
                .isEqualTo(EncryptionMatrix.cells().size());
        assertThat(cells()).hasSizeGreaterThan(200);
    }
}
