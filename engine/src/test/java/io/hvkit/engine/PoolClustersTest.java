package io.hvkit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.catalog.spi.PoolRecord;
import io.hvkit.catalog.spi.PoolRecord.Membership;
import io.hvkit.catalog.spi.PoolRecord.Reach;
import io.hvkit.catalog.spi.Sighting;
import io.hvkit.catalog.spi.Standing;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.core.Attachment;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.MachineId;
import io.hvkit.engine.cluster.ChildChange;
import io.hvkit.engine.cluster.ClusterReport;
import io.hvkit.engine.internal.operation.Fuse;
import io.hvkit.engine.placement.PoolRejection;
import io.hvkit.engine.placement.PoolRejection.Reason;
import io.hvkit.engine.placement.PoolSelection;
import io.hvkit.engine.placement.VolumeQuery;
import io.hvkit.engine.setting.SettingScope;
import io.hvkit.engine.setting.StandardSettings;
import io.hvkit.engine.volume.MoveRequest;
import io.hvkit.storage.spi.PoolChild.Trouble;
import io.hvkit.storage.spi.PoolStatistics;
import io.hvkit.testkit.storage.InMemoryStorageDriver;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Parents of pools and their children, as the engine keeps them. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class PoolClustersTest {

    private static final ByteSize SIZE = ByteSize.gibibytes(4);

    private ClusterWorld world;
    private HvKit hvkit;

    @BeforeEach
    void open() throws InterruptedException {
        world = new ClusterWorld();
        world.shelves.put("gold", "one", "two");
        hvkit = world.process(Fuse.counting());
    }

    @AfterEach
    void close() {
        hvkit.close();
    }

    private PoolRecord add(String cabinet) throws InterruptedException {
        return hvkit.inventory().addPool(world.everywhere(), ClusterWorld.cabinet(cabinet));
    }

    private ClusterReport look(PoolRecord parent) throws InterruptedException {
        world.passTime();
        return hvkit.poolClusters().synchronise(parent.id());
    }

    private VolumeRecord volume(String name, PoolRecord pool) throws InterruptedException {
        return hvkit.volumes().create(ClusterWorld.volume(name, pool)).await();
    }

    private static void refuses(Failure failure, ThrowingCallable call, String... named) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(call)
                .satisfies(e -> assertThat(e.failure()).as(e.getMessage()).isEqualTo(failure))
                .satisfies(e -> assertThat(List.of(named))
                        .allSatisfy(name -> assertThat(e.getMessage()).contains(name)));
    }

    @Test
    void a_parent_is_added_with_its_children_and_adding_it_again_changes_nothing() throws Exception {
        PoolRecord gold = add("gold");
        PoolRecord one = world.pool("gold/one");

        assertThat(world.pools()).hasSize(3);
        assertThat(gold.membership()).isEmpty();
        assertThat(one.membership()).contains(Membership.of(gold.id()));
        assertThat(one.identity()).contains(world.shelves.identity("one"));
        assertThat(one.reach()).isEqualTo(gold.reach());
        assertThat(one.type()).isEqualTo(InMemoryStorageDriver.SHELF.id());
        assertThat(hvkit.poolClusters().children(gold.id()))
                .extracting(PoolRecord::name)
                .containsExactly("gold/one", "gold/two");
        assertThat(hvkit.poolClusters().children(one.id())).isEmpty();
        assertThat(add("gold")).isEqualTo(gold);
        assertThat(look(gold).children()).isEmpty();
        assertThat(volume("v", one).place().pool()).isEqualTo(one.id());
    }

    @Test
    void a_pool_that_is_known_becomes_a_child_and_keeps_its_id_its_name_and_its_volumes() throws Exception {
        PoolRecord known = hvkit.inventory().addPool(Reach.of(world.cluster), ClusterWorld.shelf("one"));
        VolumeRecord v = volume("v", known);
        PoolRecord gold = add("gold");

        PoolRecord child = world.pool("one");
        assertThat(child.id()).isEqualTo(known.id());
        assertThat(child.membership()).contains(Membership.of(gold.id()));
        assertThat(child.reach()).as("the parent's counts").isEqualTo(world.everywhere());
        assertThat(world.pools()).hasSize(3);
        assertThat(hvkit.volumes().find(v.id())).contains(v);
        hvkit.volumes().delete(v.id()).await();
        assertThat(world.open(child).list()).isEmpty();
    }

    @Test
    void a_pool_that_was_kept_without_an_identity_is_asked_for_it_or_known_by_the_way_to_it() throws Exception {
        PoolRecord known = hvkit.inventory().addPool(world.everywhere(), ClusterWorld.shelf("one"));
        forgetIdentity(known);
        PoolRecord gold = add("gold");
        assertThat(world.pool("one").identity()).contains(world.shelves.identity("one"));
        assertThat(hvkit.poolClusters().children(gold.id()))
                .extracting(PoolRecord::id)
                .contains(known.id());

        world.shelves.put("silver", "three");
        PoolRecord silent = hvkit.inventory().addPool(world.everywhere(), ClusterWorld.shelf("three"));
        forgetIdentity(silent);
        world.shelves.rename("three", "drei"); // whoever asks for three gets no answer
        PoolRecord silver = add("silver");
        assertThat(hvkit.poolClusters().children(silver.id()))
                .as("nobody could know")
                .extracting(PoolRecord::name)
                .containsExactly("silver/drei");
    }

    private void forgetIdentity(PoolRecord pool) throws InterruptedException {
        PoolRecord without = new PoolRecord(
                pool.id(),
                pool.version(),
                pool.reach(),
                pool.name(),
                pool.type(),
                pool.options(),
                pool.standing(),
                pool.seen(),
                Optional.empty(),
                Optional.empty());
        PoolRecord unused =
                world.catalog.inTransaction(transaction -> transaction.pools().update(without));
    }

    @Test
    void a_look_at_a_pool_notes_what_its_storage_is_and_keeps_that_when_it_is_silent() throws Exception {
        PoolRecord known = hvkit.inventory().addPool(world.everywhere(), ClusterWorld.shelf("one"));
        forgetIdentity(known);

        PoolRecord seen = hvkit.inventory().lookAtPool(known.id());
        assertThat(seen.identity()).contains(world.shelves.identity("one"));
        world.storage.cutOff();
        assertThat(hvkit.inventory().lookAtPool(known.id()).identity()).isEqualTo(seen.identity());
        world.storage.reachAgain();
    }

    @Test
    void a_parent_without_children_is_an_error_and_no_success() throws Exception {
        world.shelves.put("empty");

        refuses(Failure.INVALID_REQUEST, () -> add("empty"), "empty", "may see them");
        assertThat(world.pools()).isEmpty();
        PoolRecord gold = add("gold");
        world.shelves.put("gold");
        refuses(Failure.INVALID_REQUEST, () -> look(gold), "may see them");
        assertThat(world.pools()).hasSize(3).noneMatch(pool -> pool.seen().state() == Sighting.State.DOWN);
    }

    @Test
    void all_that_is_wrong_with_children_is_named_at_once_and_nothing_is_added() throws Exception {
        world.shelves.put("gold", "one", "two", "three", "four", "five");
        world.shelves.trouble("one", Trouble.INACCESSIBLE, Trouble.NOT_MOUNTED);
        world.shelves.trouble("two", Trouble.IN_MAINTENANCE);
        PoolRecord three = hvkit.inventory().addPool(world.everywhere(), ClusterWorld.shelf("three"));
        PoolRecord four = hvkit.inventory().addPool(world.everywhere(), ClusterWorld.shelf("four"));
        hvkit.inventory().putPool(three.id(), Standing.MAINTENANCE);
        PoolRecord unused = world.catalog.inTransaction(transaction -> transaction
                .pools()
                .update(four.seen(new Sighting(Sighting.State.DOWN, four.seen().at()))));

        refuses(
                Failure.HOST_NOT_READY,
                () -> add("gold"),
                "one is not accessible and is mounted by no host",
                "two is in maintenance",
                "pool three, which is three, is MAINTENANCE",
                "pool four, which is four, is DOWN");
        assertThat(world.pools()).hasSize(2).allMatch(pool -> pool.membership().isEmpty());
    }

    @ParameterizedTest
    @EnumSource
    void a_child_that_is_not_well_keeps_its_parent_from_being_added_until_it_is(Trouble trouble) throws Exception {
        world.shelves.trouble("two", trouble);
        refuses(Failure.HOST_NOT_READY, () -> add("gold"), "two " + trouble.words());
        assertThat(world.pools()).isEmpty();

        world.shelves.trouble("two");
        assertThat(hvkit.poolClusters().children(add("gold").id())).hasSize(2);
    }

    @Test
    void what_does_not_fit_is_a_conflict_that_names_each_and_changes_nothing() throws Exception {
        world.shelves.put("silver", "two", "three");
        refuses(Failure.EXISTS_DIFFERENTLY, () -> add("gold"), "two is listed by another parent");
        world.shelves.put("silver", "three");
        world.shelves.listNameless("gold", "odd");
        refuses(Failure.EXISTS_DIFFERENTLY, () -> add("gold"), "odd says no identity");
        world.shelves.listNameless("gold");
        PoolRecord one = hvkit.inventory().addPool(world.everywhere(), ClusterWorld.shelf("one"));
        PoolRecord twin = hvkit.inventory()
                .addPool(Reach.of(world.cluster), new PoolRequest("twin", one.type(), one.options(), Map.of()));
        refuses(Failure.EXISTS_DIFFERENTLY, () -> add("gold"), "one is known as several pools", "[one, twin]");
        hvkit.inventory().removePool(twin.id());
        PoolRecord far =
                hvkit.inventory().addPool(Reach.of(hvkit.inventory().addZone("z2")), ClusterWorld.shelf("two"));
        refuses(Failure.EXISTS_DIFFERENTLY, () -> add("gold"), "two is known as pool two of another zone");
        hvkit.inventory().removePool(far.id());
        assertThat(world.pools()).containsExactly(one);

        PoolRecord gold = add("gold");
        world.shelves.put("silver", "three", "two");
        refuses(Failure.EXISTS_DIFFERENTLY, () -> look(gold), "two is listed by another parent");
        assertThat(hvkit.poolClusters().children(gold.id())).hasSize(2);
        refuses(
                Failure.EXISTS_DIFFERENTLY,
                () -> hvkit.inventory().addPool(Reach.of(world.cluster), ClusterWorld.shelf("two")),
                "gold/two");
    }

    @Test
    void a_child_is_missed_once_and_takes_nothing_new_and_goes_the_second_time() throws Exception {
        PoolRecord gold = add("gold");
        PoolRecord two = world.pool("gold/two");
        hvkit.settings().set(StandardSettings.VMWARE_FULL_CLONE, SettingScope.pool(two.id()), false);
        world.shelves.put("gold", "one");

        assertThat(look(gold).children())
                .singleElement()
                .isInstanceOfSatisfying(
                        ChildChange.Missed.class,
                        missed -> assertThat(missed.pool().id()).isEqualTo(two.id()));
        assertThat(hvkit.poolClusters().closed(two.id()))
                .hasValueSatisfying(why -> assertThat(why).contains("gold"));
        refuses(Failure.EXHAUSTED, () -> volume("v", two), "was not seen in gold");
        assertThat(selection().against(two.id()))
                .extracting(PoolRejection::reason)
                .contains(Reason.NOT_IN_USE);
        assertThat(look(gold).children()).singleElement().isInstanceOf(ChildChange.Removed.class);
        assertThat(world.pools()).hasSize(2).noneMatch(pool -> pool.id().equals(two.id()));
        assertThat(look(gold).children()).isEmpty();
    }

    @Test
    void a_child_that_comes_back_in_time_is_as_before_and_one_that_comes_late_is_a_new_one() throws Exception {
        PoolRecord gold = add("gold");
        PoolRecord two = world.pool("gold/two");
        world.shelves.put("gold", "one");
        look(gold);
        world.shelves.put("gold", "one", "two");

        assertThat(look(gold).children()).singleElement().isInstanceOf(ChildChange.Returned.class);
        PoolRecord back = world.pool("gold/two");
        assertThat(back.id()).isEqualTo(two.id());
        assertThat(back.membership()).isEqualTo(two.membership());
        assertThat(back.seen().state()).isEqualTo(Sighting.State.UP);
        volume("v", back);
        world.shelves.put("gold", "one");
        look(gold);
        world.shelves.put("gold", "one", "two");
        look(gold);
        world.shelves.put("gold", "one");
        assertThat(look(gold).children())
                .as("two absences in a row, not in all")
                .singleElement()
                .isInstanceOf(ChildChange.Missed.class);
    }

    @Test
    void two_looks_at_the_same_time_miss_a_child_once() throws Exception {
        PoolRecord gold = add("gold");
        world.shelves.put("gold", "one");
        HvKit other = world.process(Fuse.counting());
        world.passTime();
        long began = world.seconds.get();
        assertThat(hvkit.poolClusters().synchronise(gold.id()).children()).hasSize(1);
        world.seconds.set(began - 1); // it began before the first one has written, and ends after

        assertThat(other.poolClusters().synchronise(gold.id()).children()).isEmpty();
        assertThat(world.pool("gold/two").membership().orElseThrow().absences()).isEqualTo(1);
        other.close();
    }

    @Test
    void a_child_with_anything_in_it_is_never_removed() throws Exception {
        PoolRecord gold = add("gold");
        PoolRecord two = world.pool("gold/two");
        VolumeRecord v = volume("v", two);
        world.shelves.put("gold", "one");
        look(gold);

        for (int i = 0; i < 5; i++) {
            assertThat(look(gold).children())
                    .singleElement()
                    .isInstanceOfSatisfying(
                            ChildChange.Stranded.class,
                            stranded -> assertThat(stranded.uses()).isEqualTo(1));
        }
        assertThat(world.pool("gold/two").id()).isEqualTo(two.id());
        hvkit.volumes().delete(v.id()).await();
        assertThat(look(gold).children()).singleElement().isInstanceOf(ChildChange.Removed.class);
    }

    @Test
    void a_new_child_appears_once_it_is_well_and_a_known_one_stays_whatever_its_state() throws Exception {
        PoolRecord gold = add("gold");
        world.shelves.put("gold", "one", "two", "three", "four");
        world.shelves.trouble("three", Trouble.NOT_MOUNTED);
        world.shelves.trouble("two", Trouble.IN_MAINTENANCE);

        assertThat(look(gold).children())
                .hasSize(2)
                .hasAtLeastOneElementOfType(ChildChange.Added.class)
                .hasAtLeastOneElementOfType(ChildChange.Postponed.class);
        assertThat(hvkit.poolClusters().children(gold.id()))
                .extracting(PoolRecord::name)
                .containsExactly("gold/four", "gold/one", "gold/two");
        world.shelves.trouble("three");
        assertThat(look(gold).children()).singleElement().isInstanceOf(ChildChange.Added.class);
    }

    @Test
    void a_child_that_moved_to_another_parent_keeps_its_record_and_its_volumes_whoever_looks_first() throws Exception {
        world.shelves.put("silver", "three");
        PoolRecord gold = add("gold");
        PoolRecord silver = add("silver");
        PoolRecord two = world.pool("gold/two");
        VolumeRecord v = volume("v", two);
        world.shelves.put("gold", "one");
        world.shelves.put("silver", "two", "three");

        assertThat(look(gold).children()).as("it is not missed").isEmpty();
        assertThat(look(gold).children()).isEmpty();
        assertThat(look(silver).children()).singleElement().isInstanceOfSatisfying(ChildChange.Moved.class, moved -> {
            assertThat(moved.pool().id()).isEqualTo(two.id());
            assertThat(moved.from()).isEqualTo(gold.id());
        });
        assertThat(world.pool("gold/two").membership()).contains(Membership.of(silver.id()));
        assertThat(hvkit.volumes().find(v.id()).orElseThrow().place().pool()).isEqualTo(two.id());
        hvkit.volumes().delete(v.id()).await();
    }

    @Test
    void a_child_that_its_storage_calls_otherwise_is_opened_by_that_and_is_the_same_one() throws Exception {
        PoolRecord gold = add("gold");
        PoolRecord two = world.pool("gold/two");
        VolumeRecord v = volume("v", two);
        world.shelves.rename("two", "zwei");

        assertThat(look(gold).children()).singleElement().isInstanceOf(ChildChange.Renamed.class);
        PoolRecord now = world.pool("gold/two");
        assertThat(now.id()).isEqualTo(two.id());
        assertThat(now.options().find(InMemoryStorageDriver.STANDS.name())).contains("zwei");
        try (HvKit fresh = world.process(Fuse.counting())) {
            fresh.volumes().delete(v.id()).await();
        }
        assertThat(world.open(now).list()).isEmpty();
        assertThat(look(gold).children()).isEmpty();
    }

    private PoolSelection selection() throws InterruptedException {
        return hvkit.placement()
                .explain(VolumeQuery.of(SIZE, world.everywhere()).as(ImageFormat.VMDK), 1);
    }

    @Test
    void a_parent_is_never_a_target_and_its_room_is_that_of_its_children_and_counted_once() throws Exception {
        PoolRecord gold = add("gold");
        VolumeRecord v = volume("v", world.pool("gold/two"));

        assertThat(selection().qualified())
                .extracting(PoolSelection.Choice::name)
                .containsExactlyInAnyOrder("gold/one", "gold/two");
        assertThat(selection().against(gold.id()))
                .extracting(PoolRejection::reason)
                .contains(Reason.PARENT_OF_POOLS);
        refuses(Failure.UNSUPPORTED, () -> volume("w", gold), "gold", "parent of pools");
        refuses(
                Failure.UNSUPPORTED,
                () -> hvkit.volumes().move(MoveRequest.of(v.id(), gold.id())).await(),
                "parent of pools");
        PoolStatistics all = hvkit.poolClusters().statistics(gold.id());
        assertThat(all.capacity()).isEqualTo(InMemoryStorageDriver.CAPACITY.plus(InMemoryStorageDriver.CAPACITY));
        assertThat(all.provisioned()).isEqualTo(SIZE);
    }

    @Test
    void what_is_set_for_a_parent_counts_for_its_children_and_tags_add_up() throws Exception {
        PoolRecord gold = add("gold");
        PoolRecord one = world.pool("gold/one");
        PoolRecord two = world.pool("gold/two");
        hvkit.settings().set("storage.tags", SettingScope.pool(gold.id()), "gold");
        hvkit.settings().set("storage.tags", SettingScope.pool(two.id()), "ssd");
        hvkit.settings().set(StandardSettings.VMWARE_FULL_CLONE, SettingScope.pool(gold.id()), false);

        VolumeQuery of =
                VolumeQuery.of(SIZE, world.everywhere()).as(ImageFormat.VMDK).tagged("gold");
        assertThat(hvkit.placement().explain(of, 1).qualified()).hasSize(2);
        assertThat(hvkit.placement().explain(of.tagged("ssd"), 1).qualified())
                .extracting(PoolSelection.Choice::pool)
                .as("a child's own tags are nobody else's")
                .containsExactly(two.id());
        assertThat(hvkit.settings().value(StandardSettings.VMWARE_FULL_CLONE, SettingScope.pool(one.id())))
                .isFalse();
        hvkit.settings().set(StandardSettings.VMWARE_FULL_CLONE, SettingScope.pool(one.id()), true);
        assertThat(hvkit.settings().value(StandardSettings.VMWARE_FULL_CLONE, SettingScope.pool(one.id())))
                .isTrue();
    }

    @Test
    void a_parent_in_maintenance_closes_all_its_children_at_once_and_one_that_rests_by_itself_stays_so()
            throws Exception {
        PoolRecord gold = add("gold");
        PoolRecord one = world.pool("gold/one");
        PoolRecord two = world.pool("gold/two");
        VolumeRecord v = volume("v", two);
        hvkit.inventory().putPool(one.id(), Standing.MAINTENANCE);
        hvkit.inventory().putPool(gold.id(), Standing.MAINTENANCE);

        assertThat(selection().qualified()).isEmpty();
        refuses(Failure.EXHAUSTED, () -> volume("w", two), "belongs to gold, which is in maintenance");
        refuses(Failure.EXHAUSTED, () -> volume("w", one), "is in maintenance");
        Attachment place = hvkit.volumes()
                .attach(v.id(), world.host.id(), new MachineId("web"))
                .await();
        assertThat(place).as("what is there stays in use").isNotNull();
        assertThat(look(gold).children()).as("a look puts nobody back").isEmpty();
        hvkit.inventory().putPool(gold.id(), Standing.ENABLED);
        assertThat(hvkit.poolClusters().closed(two.id())).isEmpty();
        assertThat(hvkit.poolClusters().closed(one.id())).contains("is in maintenance");
        assertThat(selection().qualified())
                .extracting(PoolSelection.Choice::pool)
                .containsExactly(two.id());
    }

    @Test
    void a_parent_goes_when_its_children_are_gone_and_what_is_no_parent_is_not_looked_at() throws Exception {
        PoolRecord gold = add("gold");
        PoolRecord one = world.pool("gold/one");

        refuses(Failure.IN_USE, () -> hvkit.inventory().removePool(gold.id()), "pool");
        refuses(Failure.INVALID_REQUEST, () -> look(one), "no parent of pools");
        for (PoolRecord child : hvkit.poolClusters().children(gold.id())) {
            hvkit.inventory().removePool(child.id());
        }
        hvkit.inventory().removePool(gold.id());
        assertThat(world.pools()).isEmpty();
        refuses(Failure.NOT_FOUND, () -> look(gold));
        assertThat(hvkit.poolClusters().children(add("gold").id())).hasSize(2);
    }

    @Test
    void a_name_that_is_taken_gives_way_and_no_child_is_lost_for_it() throws Exception {
        hvkit.inventory().addPool(world.everywhere(), PoolRequest.named("gold/one", InMemoryStorageDriver.BARE));
        PoolRecord gold = add("gold");

        assertThat(hvkit.poolClusters().children(gold.id()))
                .extracting(PoolRecord::name)
                .containsExactlyInAnyOrder("gold/two", "gold/" + world.shelves.identity("one"));
    }

    @Test
    void the_uuid_of_a_disk_is_kept_with_its_volume_and_absent_where_there_is_none() throws Exception {
        PoolRecord gold = add("gold");
        VolumeRecord v = volume("v", world.pool("gold/one"));
        PoolRecord plain =
                hvkit.inventory().addPool(world.everywhere(), PoolRequest.named("plain", InMemoryStorageDriver.TYPE));
        VolumeRecord w = hvkit.volumes()
                .create(ClusterWorld.volume("w", plain).as(ImageFormat.RAW))
                .await();

        assertThat(v.place().diskUuid())
                .isEqualTo(world.open(world.pool("gold/one"))
                        .find(ClusterWorld.external(v))
                        .orElseThrow()
                        .diskUuid())
                .isPresent();
        assertThat(w.place().diskUuid()).isEmpty();
        VolumeRecord forgotten = forgetUuid(v);
        MachineId web = new MachineId("web");
        hvkit.volumes().attach(v.id(), world.host.id(), web).await();
        assertThat(uuid(v)).as("read when it is attached").isEqualTo(v.place().diskUuid());
        hvkit.volumes().detach(v.id(), world.host.id(), web).await();
        assertThat(uuid(v)).as("kept when it is detached").isEqualTo(v.place().diskUuid());
        assertThat(forgotten.place().diskUuid()).isEmpty();
        forgetUuid(hvkit.volumes().find(v.id()).orElseThrow());
        assertThat(look(gold).moved()).isEmpty();
        assertThat(uuid(v))
                .as("read when its pool is looked at")
                .isEqualTo(v.place().diskUuid());
        VolumeRecord grown = hvkit.volumes().grow(v.id(), ByteSize.gibibytes(8)).await();
        assertThat(grown.place().diskUuid()).isEqualTo(v.place().diskUuid());
    }

    private Optional<?> uuid(VolumeRecord volume) throws InterruptedException {
        return hvkit.volumes().find(volume.id()).orElseThrow().place().diskUuid();
    }

    private VolumeRecord forgetUuid(VolumeRecord volume) throws InterruptedException {
        VolumeRecord.Place p = volume.place();
        VolumeRecord.Place without = new VolumeRecord.Place(
                p.pool(), p.home(), p.copy(), p.format(), p.externalId(), p.encryption(), Optional.empty());
        return world.catalog.inTransaction(transaction -> transaction.volumes().update(volume.at(without)));
    }

    @Test
    void a_volume_that_its_storage_moved_is_used_where_it_is_and_followed_at_the_next_look() throws Exception {
        PoolRecord gold = add("gold");
        PoolRecord one = world.pool("gold/one");
        PoolRecord two = world.pool("gold/two");
        VolumeRecord v = volume("v", one);
        MachineId web = new MachineId("web");
        Attachment before = hvkit.volumes().attach(v.id(), world.host.id(), web).await();
        world.shelves.move(ClusterWorld.external(v), "two");

        Attachment now = hvkit.volumes().attach(v.id(), world.host.id(), web).await();
        assertThat(now).as("the place is read before each use").isNotEqualTo(before);
        assertThat(look(gold).moved()).containsOnly(Map.entry(v.id(), two.id()));
        VolumeRecord followed = hvkit.volumes().find(v.id()).orElseThrow();
        assertThat(followed.place().pool()).isEqualTo(two.id());
        assertThat(followed.place().home()).as("it keeps its name").isEqualTo(one.id());
        assertThat(followed.place().diskUuid()).isEqualTo(v.place().diskUuid());
        assertThat(world.open(one).list()).isEmpty();
        assertThat(hvkit.volumes().attach(v.id(), world.host.id(), web).await()).isEqualTo(now);
        assertThat(look(gold).moved()).isEmpty();
        hvkit.volumes().detach(v.id(), world.host.id(), web).await();
        world.shelves.put("gold", "two");
        look(gold);
        assertThat(look(gold).children())
                .as("what it left may go")
                .singleElement()
                .isInstanceOf(ChildChange.Removed.class);
        hvkit.volumes().delete(v.id()).await();
        assertThat(world.open(two).list()).isEmpty();
    }

    @Test
    void a_volume_that_lies_in_no_pool_that_is_known_stays_one_of_the_pool_that_finds_it() throws Exception {
        PoolRecord gold = add("gold");
        PoolRecord one = world.pool("gold/one");
        VolumeRecord v = volume("v", one);
        world.shelves.put("unknown", "far");
        world.shelves.move(ClusterWorld.external(v), "far");

        assertThat(look(gold).moved()).isEmpty();
        VolumeRecord looked = hvkit.volumes().lookAt(v.id()).await();
        assertThat(looked.place().pool()).isEqualTo(one.id());
        PoolRecord far = hvkit.inventory().addPool(world.everywhere(), ClusterWorld.shelf("far"));
        assertThat(hvkit.volumes().lookAt(v.id()).await().place().pool())
                .as("once it is known")
                .isEqualTo(far.id());
    }

    @Test
    void a_volume_that_its_pool_does_not_find_any_more_keeps_its_record() throws Exception {
        PoolRecord gold = add("gold");
        PoolRecord one = world.pool("gold/one");
        VolumeRecord v = volume("v", one);
        world.open(one).delete(ClusterWorld.external(v));

        refuses(Failure.NOT_FOUND, () -> hvkit.volumes().lookAt(v.id()).await(), "its record stays");
        assertThat(hvkit.volumes().find(v.id())).contains(v);
        assertThat(look(gold).warnings()).isEmpty();
    }

    @Test
    void a_child_that_does_not_answer_is_a_warning_and_keeps_nobody_from_being_looked_at() throws Exception {
        PoolRecord gold = add("gold");
        VolumeRecord v = volume("v", world.pool("gold/one"));
        world.shelves.move(ClusterWorld.external(v), "two");
        world.shelves.put("gold", "one", "two", "three");
        world.shelves.trouble("two", Trouble.INACCESSIBLE);

        ClusterReport report = look(gold);
        assertThat(report.children()).singleElement().isInstanceOf(ChildChange.Added.class);
        assertThat(report.moved()).containsOnlyKeys(v.id());
        world.storage.cutOff();
        refuses(Failure.UNREACHABLE, () -> look(gold));
        world.storage.reachAgain();
        assertThat(world.pools()).hasSize(4);
    }
}
