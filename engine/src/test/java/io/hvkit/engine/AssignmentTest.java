package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import io.hvkit.catalog.spi.Amounts;
import io.hvkit.catalog.spi.MachineRecord;
import io.hvkit.catalog.spi.OfferingRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.UsageRecord;
import io.hvkit.catalog.spi.UsageRecord.Kind;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.machine.MachineRequest;
import io.hvkit.engine.offering.DiskOffering;
import io.hvkit.engine.usage.Account;
import io.hvkit.engine.usage.Resource;
import io.hvkit.engine.usage.Thing;
import io.hvkit.engine.volume.VolumeRequest;
import io.hvkit.hypervisor.spi.StopMode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What somebody has becomes another one's, and counts for that one alone. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class AssignmentTest {

    private static final Account DEV = Counted.OWNER;
    private static final Account ACME = Account.of("acme");
    private static final Account OTHER = Account.of("bravo/test");
    private static final long BYTES = MachineWorld.SIZE.bytes();

    @TempDir
    private Path directory;

    private MachineWorld world;
    private HvKit hvkit;

    @BeforeEach
    void open() throws Exception {
        world = new MachineWorld(directory);
        hvkit = world.calm();
    }

    @AfterEach
    void close() {
        hvkit.close();
    }

    private static Amounts volumes(long count) {
        return Amounts.of(Map.of(Resource.VOLUMES.setting(), count, Resource.PRIMARY_STORAGE.setting(), count * BYTES));
    }

    private void assertHeld(Account account, Amounts amounts) throws InterruptedException {
        assertThat(hvkit.usage().held(account)).as(account.toString()).isEqualTo(amounts);
        assertThat(hvkit.usage().drift()).isEmpty();
    }

    private List<UsageRecord> events(Thing thing) throws InterruptedException {
        return hvkit.usage().events(0, 1000).stream()
                .filter(event -> event.thing().equals(thing.toString()))
                .toList();
    }

    private static void refused(Failure failure, String message, ThrowingCallable call) {
        DriverException thrown = catchThrowableOfType(DriverException.class, call);
        assertThat(thrown).as("refused").isNotNull();
        assertThat(thrown.failure()).as(thrown.getMessage()).isEqualTo(failure);
        assertThat(thrown).hasMessageContaining(message);
    }

    @Test
    void a_volume_counts_for_its_new_owner_and_all_above_and_for_the_old_one_no_more() throws Exception {
        OfferingRecord silver = hvkit.offerings().add(DiskOffering.named("silver"));
        VolumeRecord data = hvkit.volumes()
                .create(DiskOffering.volumeOf(silver, "data", MachineWorld.SIZE, world.pool.id())
                        .ownedBy(DEV))
                .await();
        Thing thing = Thing.volume(data.id());

        assertThat(hvkit.usage().assign(thing, OTHER)).isEqualTo(1);

        assertHeld(DEV, Amounts.NONE);
        assertHeld(ACME, Amounts.NONE);
        assertHeld(OTHER, volumes(1));
        assertHeld(Account.of("bravo"), volumes(1));
        assertHeld(Account.ROOT, volumes(1));
        assertThat(events(thing))
                .extracting(
                        UsageRecord::kind,
                        UsageRecord::account,
                        event -> event.offering().orElse("none"))
                .endsWith(tuple(Kind.ENDED, DEV.path(), "silver"), tuple(Kind.STARTED, OTHER.path(), "silver"));
        List<UsageRecord> told = hvkit.usage().events(0, 1000);
        assertThat(hvkit.usage().assign(thing, OTHER)).as("once more").isZero();
        assertThat(hvkit.usage().events(0, 1000)).isEqualTo(told);

        hvkit.volumes()
                .grow(data.id(), MachineWorld.SIZE.plus(MachineWorld.SIZE))
                .await();
        assertThat(hvkit.usage().held(OTHER).of(Resource.PRIMARY_STORAGE.setting()))
                .isEqualTo(2 * BYTES);
        hvkit.volumes().delete(data.id()).await();
        assertHeld(Account.ROOT, Amounts.NONE);
    }

    @Test
    void a_machine_takes_its_disks_along_and_hosts_that_are_kept_for_its_owner_are_those_of_the_new_one()
            throws Exception {
        MachineRecord web =
                hvkit.machines().create(world.request(hvkit, "web-01")).await();
        Amounts all = hvkit.usage().held(DEV);
        hvkit.inventory().dedicate(world.one.id(), Optional.of(OTHER.path()));
        hvkit.inventory().dedicate(world.two.id(), Optional.of("charlie"));

        assertThat(hvkit.usage().assign(Thing.machine(web.id()), OTHER)).isEqualTo(3);

        assertHeld(DEV, Amounts.NONE);
        assertHeld(OTHER, all);
        assertThat(hvkit.machines().start(web.id()).await().host()).contains(world.one.id());
        refused(Failure.IN_USE, "machine web-01 is RUNNING", () -> hvkit.usage().assign(Thing.machine(web.id()), DEV));
        hvkit.machines().stop(web.id(), StopMode.POWER_OFF).await();
        assertThat(hvkit.usage().assign(Thing.machine(web.id()), DEV)).isEqualTo(3);
        assertHeld(DEV, all);
        assertHeld(OTHER, Amounts.NONE);
    }

    @Test
    void a_limit_of_the_new_owner_or_of_any_above_it_keeps_everything_where_it_was() throws Exception {
        MachineRecord web =
                hvkit.machines().create(world.request(hvkit, "web-01")).await();
        Amounts all = hvkit.usage().held(DEV);
        for (Account full : List.of(OTHER, Account.of("bravo"))) {
            hvkit.usage().limit(full, Resource.PRIMARY_STORAGE, 2 * BYTES - 1);
            List<UsageRecord> told = hvkit.usage().events(0, 1000);

            refused(
                    Failure.EXHAUSTED,
                    "account " + full + " may hold",
                    () -> hvkit.usage().assign(Thing.machine(web.id()), OTHER));

            assertThat(hvkit.usage().events(0, 1000)).isEqualTo(told);
            assertHeld(DEV, all);
            assertHeld(OTHER, Amounts.NONE);
            hvkit.usage().unlimit(full, Resource.PRIMARY_STORAGE);
        }
    }

    /** Neither below the same account nor to the account above is anything counted twice on the way. */
    @Test
    void what_goes_from_one_to_another_below_the_same_account_needs_no_room_there() throws Exception {
        VolumeRecord data = world.plain(hvkit, "data");
        hvkit.usage().limit(ACME, Resource.VOLUMES, 1);

        hvkit.usage().assign(Thing.volume(data.id()), Account.of("acme/test"));
        hvkit.usage().assign(Thing.volume(data.id()), ACME);

        assertHeld(ACME, volumes(1));
        assertHeld(DEV, Amounts.NONE);
        assertHeld(Account.of("acme/test"), Amounts.NONE);
    }

    @Test
    void what_counts_for_nobody_is_a_disk_or_is_not_there_is_refused_with_the_way_out() throws Exception {
        VolumeRecord system = hvkit.volumes()
                .create(VolumeRequest.blank("system", MachineWorld.SIZE, world.pool.id()))
                .await();
        VolumeRecord root = world.plain(hvkit, "root");
        MachineRecord web = hvkit.machines()
                .create(MachineRequest.named("web-01").root(root.id()))
                .await();

        refused(
                Failure.INVALID_REQUEST,
                "counts for nobody",
                () -> hvkit.usage().assign(Thing.volume(system.id()), OTHER));
        refused(
                Failure.IN_USE,
                "volume root is a disk of machine web-01; give the machine",
                () -> hvkit.usage().assign(Thing.volume(root.id()), OTHER));
        refused(Failure.NOT_FOUND, "", () -> hvkit.usage().assign(Thing.machine(RecordId.random()), OTHER));
        assertThat(hvkit.usage().assign(Thing.machine(web.id()), OTHER))
                .as("of a machine of nobody the disks alone")
                .isEqualTo(1);
        assertHeld(OTHER, volumes(1));
    }

    @Test
    void what_an_operation_works_on_stays_whose_it_is_until_that_has_ended() throws Exception {
        VolumeRecord data = world.plain(hvkit, "data");
        Thing thing = Thing.volume(data.id());
        Fuse fuse = Fuse.burningAt(6);
        HvKit dying = world.process(fuse);
        try {
            dying.volumes()
                    .grow(data.id(), MachineWorld.SIZE.plus(MachineWorld.SIZE))
                    .await();
        } catch (Fuse.Crash | RuntimeException e) {
            // dead in the middle of it
        }
        assertThat(hvkit.jobs().open()).as("an operation is open").hasSize(1);

        refused(Failure.OPERATION_PENDING, "volume.grow", () -> hvkit.usage().assign(thing, OTHER));

        world.waitForLeases();
        assertThat(world.recover().findings()).isNotEmpty();
        assertThat(hvkit.usage().assign(thing, OTHER)).isEqualTo(1);
        assertHeld(DEV, Amounts.NONE);
    }

    @Test
    void of_many_that_take_it_at_once_each_gets_it_whole_and_one_has_it_in_the_end() throws Exception {
        VolumeRecord data = world.plain(hvkit, "data");
        Thing thing = Thing.volume(data.id());
        List<Callable<Integer>> takers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            Account taker = Account.of("t" + i);
            takers.add(() -> hvkit.usage().assign(thing, taker));
        }
        ExecutorService threads = Executors.newFixedThreadPool(takers.size());
        try {
            for (Future<Integer> taken : threads.invokeAll(takers)) {
                assertThat(taken.get()).isEqualTo(1);
            }
        } finally {
            threads.shutdownNow();
        }
        assertHeld(Account.ROOT, volumes(1));
        assertThat(events(thing))
                .filteredOn(event -> event.kind() == Kind.STARTED)
                .hasSize(9);
        assertThat(events(thing))
                .filteredOn(event -> event.kind() == Kind.ENDED)
                .hasSize(8);
    }
}
