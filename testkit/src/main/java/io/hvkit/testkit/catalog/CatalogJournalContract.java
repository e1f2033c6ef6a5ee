package io.hvkit.testkit.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.Journal;
import io.hvkit.catalog.spi.Lease;
import io.hvkit.catalog.spi.NewOperation;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.OperationRecord.Cancellation;
import io.hvkit.catalog.spi.OperationRecord.Outcome;
import io.hvkit.catalog.spi.OperationRecord.State;
import io.hvkit.catalog.spi.OperationRecord.Step;
import io.hvkit.catalog.spi.OperationRecord.Step.Progress;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.testkit.Await;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What the journal of a catalog must do: one operation for each key and object, and nothing forgotten. */
public abstract non-sealed class CatalogJournalContract extends JournalCases {

    /** Made by JUnit. */
    protected CatalogJournalContract() {}

    @Test
    final void an_operation_is_begun_with_a_lease_and_found_by_everybody() throws InterruptedException {
        NewOperation asked = operation(unique("volume"), unique("key"));
        OperationRecord begun = begin(asked, LONG);
        assertThat(begun.version()).isEqualTo(1);
        assertThat(begun.state()).isEqualTo(State.RUNNING);
        assertThat(begun.kind()).isEqualTo("volume.create");
        assertThat(begun.request()).isEqualTo(asked.request());
        assertThat(begun.objects()).isEqualTo(asked.objects());
        assertThat(begun.steps()).isEmpty();
        assertThat(begun.cancellation()).isEqualTo(Cancellation.NOT_ASKED);
        assertThat(begun.outcome()).isEmpty();
        assertThat(begun.endedAt()).isEmpty();
        assertThat(begun.fence()).isEqualTo(1);
        assertThat(lease(begun))
                .isEqualTo(new Lease(begun.id(), "one", 1, begun.createdAt().plus(LONG)));
        assertThat(now(begun)).isEqualTo(begun);
        assertThat(seenOne(t -> t.journal().findBy(asked.idempotencyKey()))).contains(begun);
        assertThat(seenAll(t -> t.journal().open())).contains(begun);
        assertThat(seenOne(t -> t.journal().findBy("never-used"))).isEmpty();
        assertThat(seenOne(t -> t.journal().find(RecordId.random()))).isEmpty();
    }

    @Test
    final void one_key_begins_one_operation_however_often_it_is_used() throws InterruptedException {
        NewOperation asked = operation(unique("volume"));
        OperationRecord begun = begin(asked, LONG);
        for (int i = 0; i < 3; i++) {
            assertThat(beginElsewhere(asked)).isEqualTo(begun);
        }
        journal(j -> j.end(lease(begun), State.SUCCEEDED, DONE));
        OperationRecord ended = now(begun);
        assertThat(beginElsewhere(asked)).isEqualTo(ended);

        String key = asked.idempotencyKey();
        for (NewOperation different : List.of(
                new NewOperation("volume.delete", key, asked.request(), asked.objects()),
                new NewOperation(asked.kind(), key, asked.request().with("size", 2), asked.objects()),
                new NewOperation(asked.kind(), key, asked.request(), new TreeSet<>(List.of("volume:other"))))) {
            refusesEntry(Failure.EXISTS_DIFFERENTLY, "the key again", j -> j.begin(different, "one", LONG));
        }
        assertThat(now(begun)).isEqualTo(ended);
    }

    @Test
    final void an_object_is_worked_on_by_one_open_operation() throws InterruptedException {
        String shared = unique("volume");
        OperationRecord begun = begin(operation(unique("a"), shared), LONG);
        String free = unique("z");
        NewOperation overlapping = operation(free, shared);
        DriverException refused =
                catchThrowableOfType(DriverException.class, () -> journal(j -> j.begin(overlapping, "one", LONG)));
        assertThat(refused.failure()).isEqualTo(Failure.OPERATION_PENDING);
        assertThat(refused.effect()).isEqualTo(Effect.NOT_APPLIED);
        assertThat(refused)
                .hasMessageContaining(shared)
                .hasMessageContaining(begun.id().value());
        assertThat(seenOne(t -> t.journal().findBy(overlapping.idempotencyKey())))
                .isEmpty();

        OperationRecord beside = begin(operation(free), LONG);
        journal(j -> j.end(lease(beside), State.CANCELLED, DONE));
        journal(j -> j.undo(lease(begun), Optional.of(FAULT)));
        refusesEntry(Failure.OPERATION_PENDING, "while it is undone", j -> j.begin(overlapping, "one", LONG));
        journal(j -> j.end(lease(begun), State.FAILED, DONE));
        assertThat(begin(overlapping, LONG).objects()).containsExactlyInAnyOrder(free, shared);
    }

    @Test
    final void steps_stay_in_order_and_a_later_word_takes_the_place_of_the_earlier() throws InterruptedException {
        OperationRecord begun = begin();
        Facts seen = Facts.of(Map.of("path", "/a'b", "odd", "\u0000\ud83d"));
        journal(j -> {
            j.write(lease(begun), new Step("zeta", Progress.INTENDED, Facts.NONE));
            j.write(lease(begun), new Step("alpha", Progress.INTENDED, Facts.NONE));
        });
        journal(j -> j.write(lease(begun), new Step("zeta", Progress.DONE, seen)));
        journal(j -> j.write(lease(begun), new Step("mid", Progress.INTENDED, Facts.NONE)));
        journal(j -> j.write(lease(begun), new Step("alpha", Progress.UNDONE, Facts.NONE)));
        OperationRecord now = now(begun);
        assertThat(now.steps())
                .containsExactly(
                        new Step("zeta", Progress.DONE, seen),
                        new Step("alpha", Progress.UNDONE, Facts.NONE),
                        new Step("mid", Progress.INTENDED, Facts.NONE));
        assertThat(now.version()).isGreaterThan(begun.version());
    }

    @Test
    final void what_is_turned_back_says_why_until_it_ends() throws InterruptedException {
        OperationRecord begun = begin();
        journal(j -> j.undo(lease(begun), Optional.of(FAULT)));
        journal(j -> j.undo(lease(begun), Optional.empty()));
        OperationRecord undoing = now(begun);
        assertThat(undoing.state()).isEqualTo(State.UNDOING);
        assertThat(undoing.outcome().flatMap(Outcome::failure)).contains(FAULT);
        assertThat(undoing.endedAt()).isEmpty();
        assertThat(seenAll(t -> t.journal().open())).contains(undoing);

        Outcome outcome = new Outcome(Facts.NONE, Optional.of(FAULT), List.of("a file '/x'", "\u0000", ""));
        journal(j -> j.end(lease(begun), State.FAILED, outcome));
        OperationRecord ended = now(begun);
        assertThat(ended.state()).isEqualTo(State.FAILED);
        assertThat(ended.outcome()).contains(outcome);
        assertThat(ended.lease()).isEmpty();
        assertThat(ended.endedAt().orElseThrow()).isAfterOrEqualTo(ended.createdAt());
        assertThat(seenAll(t -> t.journal().open())).doesNotContain(ended);
    }

    @Test
    final void what_has_ended_stays_as_it_is() throws InterruptedException {
        OperationRecord begun = begin();
        refusesEntry(Failure.INVALID_REQUEST, "no end", j -> j.end(lease(begun), State.RUNNING, DONE));
        refusesEntry(Failure.INVALID_REQUEST, "no end", j -> j.end(lease(begun), State.UNDOING, DONE));
        journal(j -> j.end(lease(begun), State.SUCCEEDED, DONE));
        OperationRecord ended = now(begun);
        refusesAll(Failure.INVALID_REQUEST, lease(begun));
        refusesEntry(Failure.INVALID_REQUEST, "taking it", j -> j.take(begun.id(), "two", LONG));
        journal(j -> j.askToStop(begun.id()));
        assertThat(now(begun)).isEqualTo(ended);
    }

    @Test
    final void anybody_asks_an_operation_to_stop() throws InterruptedException {
        OperationRecord begun = begin();
        change(other, t -> t.journal().askToStop(begun.id()));
        change(other, t -> t.journal().askToStop(begun.id()));
        assertThat(now(begun).cancellation()).isEqualTo(Cancellation.ASKED);
        journal(j -> j.write(lease(begun), new Step("s", Progress.INTENDED, Facts.NONE)));
        assertThat(now(begun).cancellation()).isEqualTo(Cancellation.ASKED);
        journal(j -> j.end(lease(begun), State.CANCELLED, DONE));
        assertThat(now(begun).state()).isEqualTo(State.CANCELLED);
    }

    @Test
    final void what_is_not_there_is_not_found_and_a_lease_has_a_length() throws InterruptedException {
        RecordId<OperationRecord> lost = RecordId.random();
        refusesEntry(Failure.NOT_FOUND, "take", j -> j.take(lost, "one", LONG));
        refusesEntry(Failure.NOT_FOUND, "askToStop", j -> j.askToStop(lost));
        refusesAll(Failure.NOT_FOUND, new Lease(lost, "one", 1, Site.NOW));
        OperationRecord begun = begin();
        for (Duration length : List.of(Duration.ZERO, Duration.ofNanos(-1), Journal.LONGEST_LEASE.plusNanos(1))) {
            NewOperation asked = operation(unique("volume"));
            refusesEntry(Failure.INVALID_REQUEST, "begin", j -> j.begin(asked, "one", length));
            assertThat(seenOne(t -> t.journal().findBy(asked.idempotencyKey()))).isEmpty();
            refusesEntry(Failure.INVALID_REQUEST, "take", j -> j.take(begun.id(), "one", length));
            refusesEntry(Failure.INVALID_REQUEST, "renew", j -> j.renew(lease(begun), length));
        }
        assertThat(now(begun)).isEqualTo(begun);
    }

    @Test
    final void what_ended_before_a_moment_is_forgotten_with_its_key() throws InterruptedException {
        NewOperation asked = operation(unique("volume"));
        OperationRecord early = begin(asked, LONG);
        OperationRecord open = begin();
        journal(j -> j.end(lease(early), State.SUCCEEDED, DONE));
        OperationRecord late = begin();
        Await.until(
                "the clock goes on",
                LIMIT,
                () -> begin().createdAt().isAfter(now(early).endedAt().orElseThrow()));
        journal(j -> j.end(lease(late), State.SUCCEEDED, DONE));

        int forgotten = catalog.inTransaction(
                t -> t.journal().forgetEndedBefore(now(t, late).endedAt().orElseThrow()));
        assertThat(forgotten).isPositive();
        assertThat(seenOne(t -> t.journal().find(early.id()))).isEmpty();
        assertThat(seenOne(t -> t.journal().findBy(asked.idempotencyKey()))).isEmpty();
        assertThat(seenOne(t -> t.journal().find(late.id()))).isPresent();
        assertThat(now(open)).isEqualTo(open);
        assertThat(begin(asked, LONG).id()).isNotEqualTo(early.id());
        refusesAll(Failure.NOT_FOUND, lease(early));
    }

    @Test
    final void open_operations_come_the_oldest_first() throws InterruptedException {
        List<OperationRecord> begun = List.of(begin(), begin(), begin());
        journal(j -> j.askToStop(begun.get(0).id()));
        List<RecordId<OperationRecord>> open = seen(t -> t.journal().open()).stream()
                .map(OperationRecord::id)
                .filter(id -> begun.stream().anyMatch(each -> each.id().equals(id)))
                .toList();
        assertThat(open)
                .containsExactlyElementsOf(
                        begun.stream().map(OperationRecord::id).toList());
    }

    @Test
    final void evidence_and_records_are_kept_together_or_not_at_all() throws InterruptedException {
        OperationRecord begun = begin();
        ZoneRecord zone = ZoneRecord.named(unique("zone"));
        refusesChange(Failure.NOT_FOUND, "work that fails at its end", t -> {
            t.zones().insert(zone);
            t.journal().write(lease(begun), new Step("s", Progress.DONE, Facts.NONE));
            t.journal().end(lease(begun), State.SUCCEEDED, DONE);
            t.keys().require(RecordId.random());
        });
        assertThat(now(begun)).isEqualTo(begun);
        assertThat(find(Transaction::zones, zone.id())).isEmpty();
        assertThat(beginElsewhere(operation(unique("volume"))).version()).isEqualTo(1);
        refusesEntry(
                Failure.OPERATION_PENDING,
                "its object is not free",
                j -> j.begin(operation(begun.objects().first()), "two", LONG));
    }

    @Test
    final void of_many_that_use_one_key_at_once_one_begins_it() throws InterruptedException {
        NewOperation asked = operation(unique("volume"));
        CountDownLatch meeting = new CountDownLatch(4);
        List<RecordId<OperationRecord>> ids = atOnce(
                4,
                (mine, number) -> mine.inTransaction(t -> {
                    assertThat(t.journal().findBy("nobody's")).isEmpty();
                    meet(meeting);
                    return t.journal().begin(asked, "holder-" + number, LONG).id();
                }));
        assertThat(ids).hasSize(4).containsOnly(ids.get(0));
        assertThat(now(ids.get(0)).fence()).isEqualTo(1);
    }

    @Test
    final void many_threads_on_few_objects_never_work_on_one_at_once() throws InterruptedException {
        List<String> objects = List.of(unique("o1"), unique("o2"), unique("o3"));
        AtomicInteger[] working = {new AtomicInteger(), new AtomicInteger(), new AtomicInteger()};
        List<Integer> ended = atOnce(6, (mine, number) -> {
            int done = 0;
            for (int round = 0; round < 10; round++) {
                int one = (number + round) % 3;
                int two = (one + 1) % 3;
                NewOperation asked = operation(objects.get(one), objects.get(two));
                try {
                    OperationRecord begun = mine.inTransaction(t -> t.journal().begin(asked, "h" + number, LONG));
                    assertThat(working[one].incrementAndGet()).isEqualTo(1);
                    assertThat(working[two].incrementAndGet()).isEqualTo(1);
                    change(mine, t -> t.journal().write(lease(begun), new Step("s", Progress.DONE, Facts.NONE)));
                    working[one].decrementAndGet();
                    working[two].decrementAndGet();
                    change(mine, t -> t.journal().end(lease(begun), State.SUCCEEDED, DONE));
                    done++;
                } catch (DriverException e) {
                    assertThat(e.failure()).isEqualTo(Failure.OPERATION_PENDING);
                    assertThat(e.effect()).isEqualTo(Effect.NOT_APPLIED);
                }
            }
            return done;
        });
        assertThat(ended.stream().mapToInt(Integer::intValue).sum()).isPositive();
    }

    private static OperationRecord now(Transaction transaction, OperationRecord operation) {
        return transaction.journal().find(operation.id()).orElseThrow();
    }
}
