package io.hvkit.testkit.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.Lease;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.OperationRecord.State;
import io.hvkit.catalog.spi.OperationRecord.Step;
import io.hvkit.catalog.spi.OperationRecord.Step.Progress;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.testkit.Await;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** What the leases of a journal must do: an operation has one holder who gets its word in, whoever else believes to be it. */
public abstract non-sealed class CatalogLeaseContract extends JournalCases {

    /** Made by JUnit. */
    protected CatalogLeaseContract() {}

    @Test
    final void a_lease_is_taken_over_once_it_is_over_and_the_former_holder_is_heard_no_more()
            throws InterruptedException {
        OperationRecord begun = begin(operation(unique("volume")), SHORT);
        Lease[] taken = new Lease[1];
        Await.until("the lease is over", LIMIT, () -> {
            try {
                taken[0] = seen(t -> t.journal().take(begun.id(), "two", LONG));
                return true;
            } catch (DriverException e) {
                assertThat(e.failure()).isEqualTo(Failure.IN_USE);
                return false;
            }
        });
        Lease second = taken[0];
        assertThat(second.fence()).isGreaterThan(lease(begun).fence());
        assertThat(second.holder()).isEqualTo("two");
        assertThat(now(begun).lease()).contains(second);
        assertThat(now(begun).fence()).isEqualTo(second.fence());

        refusesAll(Failure.IN_USE, lease(begun));
        refusesEntry(Failure.IN_USE, "release", j -> j.release(lease(begun)));
        DriverException lost = catchThrowableOfType(DriverException.class, () -> journal(j -> j.require(lease(begun))));
        assertThat(lost).hasMessageContaining("two");
        journal(j -> j.require(second));
        journal(j -> j.end(second, State.SUCCEEDED, DONE));
        refusesEntry(Failure.IN_USE, "after the end", j -> j.end(lease(begun), State.FAILED, DONE));
        assertThat(now(begun).state()).isEqualTo(State.SUCCEEDED);
    }

    @Test
    final void a_lease_that_lasts_is_taken_by_its_holder_alone() throws InterruptedException {
        OperationRecord begun = begin();
        DriverException refused =
                catchThrowableOfType(DriverException.class, () -> journal(j -> j.take(begun.id(), "two", LONG)));
        assertThat(refused.failure()).isEqualTo(Failure.IN_USE);
        assertThat(refused).hasMessageContaining("one");

        Lease again = catalog.inTransaction(t -> t.journal().take(begun.id(), "one", LONG));
        assertThat(again.fence()).isGreaterThan(lease(begun).fence());
        refusesAll(Failure.IN_USE, lease(begun));
        journal(j -> j.require(again));
        refusesEntry(
                Failure.IN_USE,
                "a lease in another name",
                j -> j.require(new Lease(begun.id(), "two", again.fence(), again.until())));
    }

    @Test
    final void a_lease_that_is_over_counts_until_somebody_takes_over_and_can_be_renewed() throws InterruptedException {
        OperationRecord begun = begin(operation(unique("volume")), SHORT);
        OperationRecord beside = begin();
        Await.until(
                "the clock goes on",
                LIMIT,
                () -> begin().createdAt().isAfter(lease(begun).until()));
        journal(j -> j.write(lease(begun), new Step("s", Progress.INTENDED, Facts.NONE)));
        Lease renewed = catalog.inTransaction(t -> t.journal().renew(lease(begun), LONG));
        assertThat(renewed.fence()).isEqualTo(lease(begun).fence());
        assertThat(renewed.until()).isAfter(beside.createdAt().plus(LONG));
        assertThat(now(begun).lease()).contains(renewed);
        refusesEntry(Failure.IN_USE, "taking over", j -> j.take(begun.id(), "two", LONG));
        journal(j -> j.require(lease(begun)));
    }

    @Test
    final void an_operation_that_was_let_go_of_is_taken_at_once() throws InterruptedException {
        OperationRecord begun = begin();
        journal(j -> j.release(lease(begun)));
        journal(j -> j.release(lease(begun)));
        assertThat(now(begun).lease()).isEmpty();
        refusesAll(Failure.INVALID_REQUEST, lease(begun));
        Lease second = catalog.inTransaction(t -> t.journal().take(begun.id(), "two", LONG));
        assertThat(second.fence()).isGreaterThan(lease(begun).fence());
        refusesEntry(Failure.IN_USE, "letting go of another's", j -> j.release(lease(begun)));
        journal(j -> j.require(second));
        assertThat(seenAll(t -> t.journal().open()))
                .extracting(OperationRecord::id)
                .contains(begun.id());
    }

    @Test
    final void of_many_that_take_one_operation_at_once_one_has_it() throws InterruptedException {
        OperationRecord begun = begin();
        journal(j -> j.release(lease(begun)));
        CountDownLatch meeting = new CountDownLatch(4);
        List<Boolean> got = atOnce(4, (mine, number) -> {
            try {
                change(mine, t -> {
                    assertThat(t.journal().find(begun.id())).isPresent();
                    meet(meeting);
                    Lease unused = t.journal().take(begun.id(), "holder-" + number, LONG);
                });
                return true;
            } catch (DriverException e) {
                assertThat(e.failure()).isEqualTo(Failure.IN_USE);
                return false;
            }
        });
        assertThat(got).containsOnlyOnce(true);
        assertThat(now(begun).fence()).isEqualTo(2);
    }
}
