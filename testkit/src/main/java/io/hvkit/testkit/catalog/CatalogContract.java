package io.hvkit.testkit.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Table;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.VolumeRecord;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What transactions of a catalog must be: whole, one after the other as far as anybody can tell, and kept once they have returned. */
public abstract non-sealed class CatalogContract extends CatalogCases {

    private static final int THREADS = 8;
    private static final int ROUNDS = 12;

    /** Made by JUnit. */
    protected CatalogContract() {}

    @Test
    final void what_a_transaction_kept_is_there_for_every_catalog_opened_later() throws InterruptedException {
        ZoneRecord zone = insert(Transaction::zones, ZoneRecord.named(unique("zone")));
        catalog.close();
        other.close();

        openCatalogs();
        assertThat(find(Transaction::zones, zone.id())).contains(zone);
    }

    @Test
    final void work_that_throws_keeps_nothing_and_its_own_exception_comes_out() throws InterruptedException {
        for (Throwable thrown : List.of(new IllegalStateException("stop"), new AssertionError("stop"))) {
            ZoneRecord zone = ZoneRecord.named(unique("zone"));
            assertThatThrownBy(() -> change(transaction -> {
                        transaction.zones().insert(zone);
                        transaction.keys().insert(Site.key("k"));
                        CatalogContract.<RuntimeException>sneak(thrown);
                    }))
                    .isSameAs(thrown);
            assertThat(find(Transaction::zones, zone.id())).isEmpty();
        }
    }

    @SuppressWarnings("unchecked") // thrown as it is
    private static <E extends Throwable> void sneak(Throwable thrown) throws E {
        throw (E) thrown;
    }

    @Test
    final void work_may_go_on_after_what_a_table_refused() throws InterruptedException {
        ZoneRecord before = insert(Transaction::zones, ZoneRecord.named(unique("zone")));
        ZoneRecord after = ZoneRecord.named(unique("zone"));
        change(transaction -> {
            Table<ZoneRecord> zones = transaction.zones();
            refuses(Failure.EXISTS_DIFFERENTLY, () -> zones.insert(ZoneRecord.named(before.name())));
            refuses(Failure.NOT_FOUND, () -> zones.require(RecordId.random()));
            refuses(Failure.NOT_FOUND, () -> zones.update(ZoneRecord.named(unique("zone"))));
            refuses(Failure.OPERATION_PENDING, () -> zones.delete(before.withVersion(7)));
            zones.insert(after);
        });
        assertThat(find(Transaction::zones, after.id())).isPresent();
        assertThat(find(Transaction::zones, before.id())).contains(before);
    }

    @Test
    final void a_transaction_sees_what_it_wrote_itself() throws InterruptedException {
        change(transaction -> {
            ZoneRecord zone = transaction.zones().insert(ZoneRecord.named(unique("zone")));
            assertThat(transaction.zones().find(zone.id())).contains(zone);
            assertThat(transaction.zones().where(ZoneRecord.NAME, zone.name())).containsExactly(zone);
            transaction.zones().delete(zone);
            assertThat(transaction.zones().find(zone.id())).isEmpty();
            transaction.zones().delete(zone);
        });
    }

    @Test
    final void a_change_is_refused_unless_it_starts_from_the_version_that_is_kept() throws InterruptedException {
        Site site = site();
        VolumeRecord first = insert(Transaction::volumes, site.volume());
        assertThat(first.version()).isEqualTo(1);
        VolumeRecord second =
                other.inTransaction(transaction -> transaction.volumes().update(first.in(VolumeRecord.State.MOVING)));
        assertThat(second.version()).isEqualTo(2);

        refusesChange(
                Failure.OPERATION_PENDING,
                "a change from version 1",
                t -> t.volumes().update(first.in(VolumeRecord.State.BROKEN)));
        refusesChange(
                Failure.OPERATION_PENDING,
                "a removal of version 1",
                t -> t.volumes().delete(first));
        refusesChange(
                Failure.OPERATION_PENDING,
                "a version that is still to come",
                t -> t.volumes().update(second.withVersion(3)));
        refusesChange(
                Failure.INVALID_REQUEST,
                "a new record with a version",
                t -> t.volumes().insert(site.volume().withVersion(1)));
        assertThat(find(Transaction::volumes, first.id())).contains(second);

        change(t -> t.volumes().delete(second));
        refusesChange(
                Failure.NOT_FOUND, "a change of what is gone", t -> t.volumes().update(second));
        change(t -> t.volumes().delete(second));
    }

    @Test
    final void a_transaction_within_another_is_refused_and_the_outer_one_goes_on() throws InterruptedException {
        ZoneRecord zone = ZoneRecord.named(unique("zone"));
        change(transaction -> {
            transaction.zones().insert(zone);
            refuses(Failure.INVALID_REQUEST, () -> change(inner -> inner.zones().insert(zone)));
        });
        assertThat(find(Transaction::zones, zone.id())).isPresent();
    }

    @Test
    final void a_transaction_is_of_no_use_once_its_work_is_over_nor_to_other_threads() throws InterruptedException {
        AtomicReference<Transaction> kept = new AtomicReference<>();
        AtomicReference<Throwable> elsewhere = new AtomicReference<>();
        change(transaction -> {
            kept.set(transaction);
            Thread stranger = new Thread(() -> {
                try {
                    transaction.zones().find(RecordId.random());
                } catch (DriverException e) {
                    elsewhere.set(e);
                }
            });
            stranger.start();
            join(stranger);
        });
        assertThat(elsewhere.get()).isInstanceOf(DriverException.class);
        Transaction over = Objects.requireNonNull(kept.get());
        refuses(Failure.INVALID_REQUEST, "reading", () -> over.zones().find(RecordId.random()));
        refuses(Failure.INVALID_REQUEST, "writing", () -> over.zones().insert(ZoneRecord.named(unique("zone"))));
        refuses(Failure.INVALID_REQUEST, "the journal", () -> over.journal().open());
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    final void a_closed_catalog_says_so_and_is_closed_again_without_effect() throws InterruptedException {
        catalog.close();
        catalog.close();
        refuses(
                Failure.INVALID_REQUEST,
                () -> change(transaction -> transaction.zones().find(RecordId.random())));
        if (!other.equals(catalog)) {
            assertThat(find(Transaction::zones, RecordId.random())).isEmpty();
        }
    }

    @Test
    final void an_interrupted_thread_begins_nothing() throws InterruptedException {
        ZoneRecord zone = ZoneRecord.named(unique("zone"));
        AtomicBoolean ran = new AtomicBoolean();
        Thread.currentThread().interrupt();
        assertThatExceptionOfType(InterruptedException.class)
                .isThrownBy(() -> change(transaction -> {
                    ran.set(true);
                    transaction.zones().insert(zone);
                }));
        assertThat(Thread.interrupted()).isFalse();
        assertThat(ran).isFalse();
        assertThat(find(Transaction::zones, zone.id())).isEmpty();
    }

    @Test
    final void no_update_is_lost_however_many_threads_write_one_record() throws InterruptedException {
        Site site = site();
        VolumeRecord volume = insert(Transaction::volumes, site.volume().of(ByteSize.ZERO));
        List<Boolean> unused = atOnce(THREADS, (mine, number) -> {
            for (int round = 0; round < ROUNDS; round++) {
                change(mine, transaction -> {
                    VolumeRecord now = transaction.volumes().require(volume.id());
                    transaction.volumes().update(now.of(now.size().plus(ByteSize.bytes(1))));
                });
            }
            return true;
        });
        VolumeRecord last = find(Transaction::volumes, volume.id()).orElseThrow();
        assertThat(last.size()).isEqualTo(ByteSize.bytes(THREADS * ROUNDS));
        assertThat(last.version()).isEqualTo(1 + THREADS * ROUNDS);
    }

    @Test
    final void two_transactions_that_each_read_what_the_other_writes_run_one_after_the_other()
            throws InterruptedException {
        for (int round = 0; round < 5; round++) {
            String master = unique("master");
            List<RecordId<KeyRecord>> keys = List.of(
                    insert(Transaction::keys, Site.key(master)).id(),
                    insert(Transaction::keys, Site.key(master)).id());
            CountDownLatch meeting = new CountDownLatch(2);
            List<Boolean> unused = atOnce(2, (mine, number) -> {
                change(mine, transaction -> {
                    List<KeyRecord> all = transaction.keys().where(KeyRecord.MASTER_KEY, master);
                    meet(meeting);
                    if (all.stream().allMatch(key -> key.state() == KeyRecord.State.ACTIVE)) {
                        transaction
                                .keys()
                                .update(transaction
                                        .keys()
                                        .require(keys.get(number))
                                        .retired(Site.NOW));
                    }
                });
                return true;
            });
            assertThat(seenAll(transaction -> transaction.keys().where(KeyRecord.MASTER_KEY, master)))
                    .extracting(KeyRecord::state)
                    .containsExactlyInAnyOrder(KeyRecord.State.ACTIVE, KeyRecord.State.RETIRED);
        }
    }

    @Test
    final void of_two_that_keep_one_name_at_once_one_does() throws InterruptedException {
        for (int round = 0; round < 5; round++) {
            String name = unique("zone");
            CountDownLatch meeting = new CountDownLatch(2);
            List<String> ends = atOnce(2, (mine, number) -> {
                try {
                    change(mine, transaction -> {
                        assertThat(transaction.zones().where(ZoneRecord.NAME, name))
                                .hasSizeLessThan(2);
                        meet(meeting);
                        transaction.zones().insert(ZoneRecord.named(name));
                    });
                    return "kept";
                } catch (DriverException e) {
                    return e.failure().name();
                }
            });
            assertThat(ends).containsExactlyInAnyOrder("kept", "EXISTS_DIFFERENTLY");
            assertThat(seenAll(transaction -> transaction.zones().where(ZoneRecord.NAME, name)))
                    .hasSize(1);
        }
    }

    @Test
    final void what_is_referred_to_and_removed_at_once_is_one_or_the_other() throws InterruptedException {
        for (int round = 0; round < 5; round++) {
            Site site = site();
            KeyRecord key = insert(Transaction::keys, Site.key("k"));
            VolumeRecord volume = site.volume().openedWith(Optional.of(key.id()));
            CountDownLatch meeting = new CountDownLatch(2);
            List<String> ends = atOnce(2, (mine, number) -> {
                try {
                    change(mine, transaction -> {
                        assertThat(transaction.keys().find(key.id()).map(KeyRecord::id))
                                .isIn(Optional.empty(), Optional.of(key.id()));
                        meet(meeting);
                        if (number == 0) {
                            transaction.volumes().insert(volume);
                        } else {
                            transaction.keys().delete(key);
                        }
                    });
                    return "kept";
                } catch (DriverException e) {
                    return e.failure().name();
                }
            });
            assertThat(ends).isIn(List.of("kept", "IN_USE"), List.of("NOT_FOUND", "kept"));
            assertThat(find(Transaction::volumes, volume.id()).isPresent())
                    .isEqualTo(find(Transaction::keys, key.id()).isPresent());
        }
    }

    @Test
    final void nobody_sees_half_a_transaction() throws InterruptedException {
        Site site = site();
        VolumeRecord left = insert(Transaction::volumes, site.volume().of(ByteSize.bytes(1000)));
        VolumeRecord right = insert(Transaction::volumes, site.volume().of(ByteSize.bytes(1000)));
        List<Boolean> unused = atOnce(6, (mine, number) -> {
            for (int round = 0; round < ROUNDS; round++) {
                if (number < 2) {
                    change(mine, transaction -> {
                        VolumeRecord from = transaction.volumes().require(left.id());
                        VolumeRecord to = transaction.volumes().require(right.id());
                        transaction.volumes().update(from.of(from.size().minus(ByteSize.bytes(1))));
                        transaction.volumes().update(to.of(to.size().plus(ByteSize.bytes(1))));
                    });
                } else {
                    ByteSize sum = mine.inTransaction(transaction -> transaction
                            .volumes()
                            .require(left.id())
                            .size()
                            .plus(transaction.volumes().require(right.id()).size()));
                    assertThat(sum).isEqualTo(ByteSize.bytes(2000));
                }
            }
            return true;
        });
        assertThat(find(Transaction::volumes, left.id()).orElseThrow().size())
                .isEqualTo(ByteSize.bytes(1000 - 2 * ROUNDS));
    }
}
