package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.hvkit.catalog.spi.AccountRecord;
import io.hvkit.catalog.spi.Amounts;
import io.hvkit.catalog.spi.HoldingRecord;
import io.hvkit.catalog.spi.HostRecord;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.TemplateRecord;
import io.hvkit.catalog.spi.UsageRecord;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.PoolId;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.engine.internal.key.KeyVault;
import io.hvkit.engine.key.KeyProvider;
import io.hvkit.engine.machine.MachineRequest;
import io.hvkit.engine.snapshot.Snapshot;
import io.hvkit.engine.snapshot.SnapshotRequest;
import io.hvkit.engine.usage.Account;
import io.hvkit.engine.usage.Thing;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.Hypervisor;
import io.hvkit.hypervisor.spi.Machine;
import io.hvkit.hypervisor.spi.StopMode;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeUse;
import io.hvkit.storage.spi.VolumeUse.Reason;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Who judges the chaos sees each thing that must not be: it is planted in a world that is sound. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class EngineChaosBitesTest {

    private static final Account OWNER = ChaosCaller.ACCOUNTS.get(0);

    @TempDir
    private Path folder;

    private ChaosWorld world;
    private VolumeRecord resting;
    private VolumeRecord running;
    private MachineRecord web;

    @BeforeEach
    void open() throws Exception {
        world = new ChaosWorld(folder, SnapshotWorld.inMemory(), 1);
        try (ChaosEngine engine = world.engine("calm")) {
            HvKit hvkit = engine.hvkit();
            resting = volume(hvkit, "resting");
            running = volume(hvkit, "running");
            web = hvkit.machines()
                    .start(MachineRequest.named("web")
                            .root(running.id())
                            .ownedBy(owner(ChaosMemory.Kind.MACHINE, "web")))
                    .await();
            world.memory.machine("web").acknowledge();
            Account unused = owner(ChaosMemory.Kind.SNAPSHOT, "monday");
            hvkit.snapshots()
                    .take(
                            resting.id(),
                            SnapshotRequest.named("monday", world.stores.get(0).id()))
                    .await();
            TemplateRecord debian = hvkit.templates()
                    .register(world.template().ownedBy(owner(ChaosMemory.Kind.TEMPLATE, "debian")))
                    .await();
            hvkit.templates().download(debian.id(), world.pools.get(1).id()).await();
        }
    }

    private VolumeRecord volume(HvKit hvkit, String name) throws InterruptedException {
        VolumeRecord made = hvkit.volumes()
                .create(VolumeRequest.blank(
                                name, ChaosWorld.SIZE, world.pools.get(0).id())
                        .as(ImageFormat.QCOW2)
                        .encrypted()
                        .ownedBy(owner(ChaosMemory.Kind.VOLUME, name)))
                .await();
        world.memory.volume(name).acknowledge();
        return made;
    }

    private Account owner(ChaosMemory.Kind kind, String name) {
        return world.memory.of(kind, name).ownedBy(OWNER);
    }

    @AfterEach
    void close() {
        world.close();
    }

    /** Makes something be that must not be. */
    private interface Fault {
        void plant(EngineChaosBitesTest test) throws Exception;
    }

    private static Arguments fault(String name, String told, Fault fault) {
        return Arguments.of(name, told, fault);
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                fault("a volume that nobody knows", "orphans in p1", EngineChaosBitesTest::leaveVolume),
                fault("an image that nobody wants", "staged images", EngineChaosBitesTest::leaveImage),
                fault("a layer of no snapshot", "orphans in store", EngineChaosBitesTest::leaveLayer),
                fault("a lost volume", "resting  is in p1", test -> test.delete(test.resting)),
                fault("another content", "holds 99", test -> ChaosArray.write(test.thing(test.resting), 99)),
                fault("a key for nothing", "keys that nothing needs", EngineChaosBitesTest::leaveKey),
                fault("a key that is let go", "keys in use", EngineChaosBitesTest::letGoOfKey),
                fault("a lost key", "key", EngineChaosBitesTest::loseKey),
                fault("another key", "the key of resting", EngineChaosBitesTest::changeKey),
                fault("a use that nobody ended", "uses of resting", EngineChaosBitesTest::leaveUse),
                fault("a volume on its way", "moves of resting", EngineChaosBitesTest::bringAway),
                fault("a machine that is dead", "machines on h", test -> test.kill(test.web)),
                fault("a counter that was not given back", "Drift", EngineChaosBitesTest::countTooMuch),
                fault("a thing that counts for nobody", "what counts for somebody", EngineChaosBitesTest::countNothing),
                fault(
                        "a snapshot that counts for nobody",
                        "what counts for somebody",
                        EngineChaosBitesTest::forgetSnapshot),
                fault("a beginning twice", "beginnings without an end", EngineChaosBitesTest::beginTwice),
                fault(
                        "a broken promise",
                        "ghost was made",
                        test -> test.world.memory.volume("ghost").acknowledge()),
                fault(
                        "a life after death",
                        "resting was deleted",
                        test -> test.world.memory.volume("resting").end()),
                fault("a copy onto itself", "onto itself", test -> test.world.log.violation("copied onto itself")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("faults")
    void what_must_not_be_is_found(String name, String told, Fault fault) throws Exception {
        ChaosOracle.check(world, "before anything was planted");
        fault.plant(this);

        Throwable found = catchThrowable(() -> ChaosOracle.check(world, "with " + name));

        assertThat(found).as(name).isNotNull().hasMessageContaining(told);
    }

    /** A store did not remove a layer, which is a leftover; and then the volume went. */
    @Test
    void what_is_left_of_snapshots_whose_volume_is_gone_is_removed_before_anything_is_judged() throws Exception {
        PoolId store = world.stores.get(0).poolId();
        VolumeId layer = world.array.in(store).get(0).id;
        VolumeUse held = VolumeUse.by(world.hosts.get(0).hostId()).because(Reason.MAINTENANCE);
        assertThat(world.array.attach(store, layer, held)).exists();
        world.memory.snapshot("monday").doom();
        world.memory.volume("resting").doom();
        try (ChaosEngine engine = world.engine("calm")) {
            HvKit hvkit = engine.hvkit();
            Snapshot monday = hvkit.snapshots().list(resting.id()).get(0);
            hvkit.snapshots().delete(monday.id()).await();
            hvkit.volumes().delete(resting.id()).await();
        }
        world.array.detach(store, layer, held.host(), held.reason());
        assertThat(catchThrowable(() -> ChaosOracle.check(world, "before all is settled")))
                .hasMessageContaining("DELETING");

        try (ChaosCampaign campaign = new ChaosCampaign(world, 1)) {
            campaign.round(0, "while nobody asks for anything");
        }

        assertThat(world.array.in(store)).isEmpty();
    }

    private ChaosArray.Thing thing(VolumeRecord volume) {
        return world.array.in(world.pools.get(0).poolId()).stream()
                .filter(thing -> thing.id.value().equals(ChaosSight.idOf(volume.place())))
                .findAny()
                .orElseThrow();
    }

    private void bringAway() {
        ChaosArray.Thing thing = thing(resting);
        thing.move = Optional.of(
                ChaosMove.begun(world.array, thing, world.pools.get(1).poolId()));
    }

    private void leaveVolume() {
        Volume unused = world.array.create(
                world.pools.get(0).poolId(), CreateVolume.blank("left", ChaosWorld.SIZE), Optional.empty());
    }

    private void leaveLayer() {
        Volume unused = world.array.create(
                world.stores.get(0).poolId(), CreateVolume.blank("left", ChaosWorld.SIZE), Optional.empty());
    }

    private void leaveImage() throws Exception {
        Files.createFile(world.staging.resolve("hvkit-left.image"));
    }

    private void delete(VolumeRecord volume) {
        world.array.delete(world.pools.get(0).poolId(), thing(volume).id);
    }

    private KeyVault vault() {
        return new KeyVault(world.catalog, KeyProvider.file(world.keys), world::now);
    }

    private void leaveKey() throws Exception {
        RecordId<KeyRecord> unused = vault().create(RecordId.random()).id();
    }

    private void letGoOfKey() throws Exception {
        world.catalog.inTransaction(transaction -> {
            KeyRecord key = transaction.keys().require(resting.key().orElseThrow());
            return transaction.keys().update(key.retired(Instant.EPOCH));
        });
    }

    private void loseKey() throws Exception {
        world.catalog.inTransaction(transaction -> {
            KeyRecord key = transaction.keys().require(resting.key().orElseThrow());
            return transaction.keys().update(key.destroyed());
        });
    }

    private void changeKey() {
        try (Secret other = Secret.random()) {
            world.array.lock(thing(resting), 0, other);
        }
    }

    private void leaveUse() {
        Attachment unused = new Attachment.ImageFile(world.array.attach(
                world.pools.get(0).poolId(),
                thing(resting).id,
                VolumeUse.by(new HostId(world.hosts.get(0).id().value()))));
    }

    private void kill(MachineRecord machine) throws Exception {
        for (HostRecord host : world.hosts) {
            try (Hypervisor open = world.hypervisor(host)) {
                for (Machine there : open.list()) {
                    if (there.name().equals(machine.name())) {
                        open.stop(there.id(), StopMode.POWER_OFF);
                    }
                }
            }
        }
    }

    private void countTooMuch() throws Exception {
        world.catalog.inTransaction(transaction -> {
            AccountRecord account = transaction.accounts().require(OWNER.id());
            return transaction.accounts().update(account.holding(Amounts.of(Map.of("volume", 3L))));
        });
    }

    /** Holding and counter agree, and the volume is forgotten by both. */
    private void countNothing() throws Exception {
        world.memory.volume("unowned").ownedBy(OWNER);
        try (ChaosEngine engine = world.engine("calm")) {
            engine.hvkit()
                    .volumes()
                    .create(VolumeRequest.blank(
                            "unowned", ChaosWorld.SIZE, world.pools.get(0).id()))
                    .await();
        }
    }

    /** Holding and counter agree, and the snapshot is forgotten by both. */
    private void forgetSnapshot() throws Exception {
        world.catalog.inTransaction(transaction -> {
            HoldingRecord holding = transaction.holdings().page(Optional.empty(), 100).stream()
                    .filter(known -> known.thing().startsWith("snapshot:"))
                    .findAny()
                    .orElseThrow();
            for (Account account : OWNER.lineage()) {
                AccountRecord known = transaction.accounts().require(account.id());
                AccountRecord unused =
                        transaction.accounts().update(known.holding(known.held().minus(holding.counted())));
            }
            transaction.holdings().delete(holding);
            return true;
        });
    }

    private void beginTwice() throws Exception {
        world.catalog.inTransaction(transaction -> {
            long next = transaction.usage().page(Optional.empty(), 100).size() + 1L;
            HoldingRecord holding = transaction
                    .holdings()
                    .require(HoldingRecord.idOf(Thing.volume(resting.id()).toString()));
            return transaction
                    .usage()
                    .insert(UsageRecord.of(
                            next, OWNER.path(), holding, UsageRecord.Kind.STARTED, Amounts.NONE, Instant.EPOCH));
        });
    }
}
