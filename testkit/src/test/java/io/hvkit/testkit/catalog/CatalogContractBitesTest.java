package io.hvkit.testkit.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.catalog.spi.Catalog;
import io.hvkit.catalog.spi.CatalogRecord;
import io.hvkit.catalog.spi.Facts;
import io.hvkit.catalog.spi.Field;
import io.hvkit.catalog.spi.Journal;
import io.hvkit.catalog.spi.KeyRecord;
import io.hvkit.catalog.spi.Lease;
import io.hvkit.catalog.spi.NewOperation;
import io.hvkit.catalog.spi.OperationRecord;
import io.hvkit.catalog.spi.RecordId;
import io.hvkit.catalog.spi.Table;
import io.hvkit.catalog.spi.Transaction;
import io.hvkit.catalog.spi.ZoneRecord;
import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.testkit.contract.ContractTrial;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Catalogs with one fault each: the contract must find it, by the case that is about it. */
@Tag("campaign")
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class CatalogContractBitesTest {

    private static volatile UnaryOperator<Catalog> planted = UnaryOperator.identity();
    private static volatile Path into = Path.of("target");

    @TempDir
    private Path reports;

    private static Arguments fault(Class<?> contract, String finder, UnaryOperator<Catalog> fault) {
        return Arguments.of(contract, finder, fault);
    }

    /** A fault of the tables. */
    private static Arguments tables(Class<?> contract, String finder, Faulty faulty) {
        return fault(contract, finder, real -> new Relays.OfCatalog(real) {
            @Override
            Transaction relayed(Transaction transaction) {
                return new Relays.OfTransaction(transaction) {
                    @Override
                    <R extends CatalogRecord<R>> Table<R> any(Table<R> table) {
                        return faulty.table(table);
                    }
                };
            }
        });
    }

    private interface Faulty {
        <R extends CatalogRecord<R>> Table<R> table(Table<R> real);
    }

    /** A fault of the journal. */
    private static Arguments journal(String finder, UnaryOperator<Journal> faulty) {
        return journal(Operations.class, finder, faulty);
    }

    private static Arguments journal(Class<?> contract, String finder, UnaryOperator<Journal> faulty) {
        return fault(contract, finder, real -> new Relays.OfCatalog(real) {
            @Override
            Transaction relayed(Transaction transaction) {
                return new Relays.OfTransaction(transaction) {
                    @Override
                    public Journal journal() {
                        return faulty.apply(real.journal());
                    }
                };
            }
        });
    }

    static Stream<Arguments> faults() {
        return Stream.of(transactions(), records(), operations()).flatMap(each -> each);
    }

    private static Stream<Arguments> transactions() {
        return Stream.of(
                fault(
                        Transactions.class,
                        "work_that_throws_keeps_nothing_and_its_own_exception_comes_out",
                        real -> new Relays.OfCatalog(real) {
                            @Override
                            public <T> T inTransaction(Work<T> work) throws InterruptedException {
                                AtomicReference<RuntimeException> thrown = new AtomicReference<>();
                                Optional<T> result = real.inTransaction(transaction -> {
                                    try {
                                        return Optional.of(work.run(transaction));
                                    } catch (RuntimeException e) { // and what was written stays
                                        thrown.set(e);
                                        return Optional.empty();
                                    }
                                });
                                RuntimeException failure = thrown.get();
                                if (failure != null) {
                                    throw failure;
                                }
                                return result.orElseThrow();
                            }
                        }),
                fault(
                        Transactions.class,
                        "a_transaction_within_another_is_refused_and_the_outer_one_goes_on",
                        real -> new Relays.OfCatalog(real) {
                            @Override
                            public <T> T inTransaction(Work<T> work) throws InterruptedException {
                                try {
                                    return real.inTransaction(work);
                                } catch (DriverException e) {
                                    if (e.failure() == Failure.INVALID_REQUEST
                                            && e.getMessage() != null
                                            && e.getMessage().contains("this thread")) {
                                        throw DriverException.because(Failure.DEFECT)
                                                .message("a lock is held already");
                                    }
                                    throw e;
                                }
                            }
                        }),
                fault(
                        Transactions.class,
                        "a_closed_catalog_says_so_and_is_closed_again_without_effect",
                        real -> new Relays.OfCatalog(real) {
                            @Override
                            public void close() {
                                // stays open
                            }
                        }),
                fault(Transactions.class, "an_interrupted_thread_begins_nothing", real -> new Relays.OfCatalog(real) {
                    @Override
                    public <T> T inTransaction(Work<T> work) throws InterruptedException {
                        boolean unused = Thread.interrupted();
                        return real.inTransaction(work);
                    }
                }),
                fault(
                        Transactions.class,
                        "a_transaction_is_of_no_use_once_its_work_is_over_nor_to_other_threads",
                        real -> new Relays.OfCatalog(real) {
                            @Override
                            Transaction relayed(Transaction transaction) {
                                return new Relays.OfTransaction(transaction) {
                                    @Override
                                    <R extends CatalogRecord<R>> Table<R> any(Table<R> table) {
                                        return new Relays.OfTable<>(table) {
                                            @Override
                                            public Optional<R> find(RecordId<R> id) {
                                                try {
                                                    return super.find(id);
                                                } catch (DriverException e) {
                                                    return Optional.empty(); // nothing there, as it seems
                                                }
                                            }
                                        };
                                    }
                                };
                            }
                        }),
                fault(
                        Transactions.class,
                        "two_transactions_that_each_read_what_the_other_writes_run_one_after_the_other",
                        StaleReads::new),
                tables(
                        Transactions.class,
                        "a_change_is_refused_unless_it_starts_from_the_version_that_is_kept",
                        new Faulty() {
                            @Override
                            public <R extends CatalogRecord<R>> Table<R> table(Table<R> real) {
                                return new Relays.OfTable<>(real) { // the last one wins
                                    @Override
                                    public R update(R record) {
                                        return super.update(record.withVersion(find(record.id())
                                                .map(R::version)
                                                .orElse(record.version())));
                                    }
                                };
                            }
                        }));
    }

    /** What a table lists was read before the transaction began, as below an isolation that lets writes skew. */
    private static final class StaleReads extends Relays.OfCatalog {

        private static final CountDownLatch LATE = new CountDownLatch(1);

        private StaleReads(Catalog real) {
            super(real);
        }

        @Override
        public <T> T inTransaction(Work<T> work) throws InterruptedException {
            List<KeyRecord> before = real.inTransaction(t -> t.keys().page(Optional.empty(), Table.LONGEST_PAGE));
            boolean unused = LATE.await(20, TimeUnit.MILLISECONDS); // so that both have read before one writes
            return real.inTransaction(transaction -> work.run(new Relays.OfTransaction(transaction) {
                @Override
                public Table<KeyRecord> keys() {
                    return new Relays.OfTable<>(real.keys()) {
                        @Override
                        public <V> List<KeyRecord> where(Field<KeyRecord, V> field, V value) {
                            return before.stream()
                                    .filter(key -> field.of(key).equals(Optional.of(value)))
                                    .toList();
                        }
                    };
                }
            }));
        }
    }

    private static Stream<Arguments> records() {
        return Stream.of(
                tables(Records.class, "a_name_is_kept_once", new Faulty() {
                    @Override
                    public <R extends CatalogRecord<R>> Table<R> table(Table<R> real) {
                        return new Relays.OfTable<>(real) {
                            @Override
                            public R insert(R record) {
                                try {
                                    return super.insert(record);
                                } catch (DriverException e) {
                                    if (e.failure() == Failure.EXISTS_DIFFERENTLY) {
                                        return record.withVersion(1); // as if it were the same one
                                    }
                                    throw e;
                                }
                            }
                        };
                    }
                }),
                tables(References.class, "a_key_stays_as_long_as_anything_refers_to_it", new Faulty() {
                    @Override
                    public <R extends CatalogRecord<R>> Table<R> table(Table<R> real) {
                        return new Relays.OfTable<>(real) {
                            @Override
                            public void delete(R record) {
                                try {
                                    super.delete(record);
                                } catch (DriverException e) {
                                    if (e.failure() != Failure.IN_USE) {
                                        throw e;
                                    }
                                }
                            }
                        };
                    }
                }),
                tables(
                        References.class,
                        "a_record_that_refers_to_one_that_is_not_there_is_refused_naming_it",
                        new Faulty() {
                            @Override
                            public <R extends CatalogRecord<R>> Table<R> table(Table<R> real) {
                                return new Relays.OfTable<>(real) {
                                    @Override
                                    public R insert(R record) {
                                        try {
                                            return super.insert(record);
                                        } catch (DriverException e) {
                                            throw DriverException.because(e.failure())
                                                    .message("a constraint of a foreign key is violated");
                                        }
                                    }
                                };
                            }
                        }),
                tables(Records.class, "pages_have_every_record_once_in_the_order_of_ids", new Faulty() {
                    @Override
                    public <R extends CatalogRecord<R>> Table<R> table(Table<R> real) {
                        return new Relays.OfTable<>(real) { // the last one first
                            @Override
                            public List<R> page(Optional<RecordId<R>> after, int limit) {
                                return super.page(after, limit).stream()
                                        .sorted(Comparator.comparing((R record) ->
                                                        record.id().value())
                                                .reversed())
                                        .toList();
                            }
                        };
                    }
                }),
                tables(Records.class, "records_are_found_by_every_field_and_by_nothing_else", new Faulty() {
                    @Override
                    public <R extends CatalogRecord<R>> Table<R> table(Table<R> real) {
                        return new Relays.OfTable<>(real) {
                            @Override
                            public <V> List<R> where(Field<R, V> field, V value) {
                                return value.equals("%")
                                        ? page(Optional.empty(), LONGEST_PAGE)
                                        : super.where(field, value);
                            }
                        };
                    }
                }),
                fault(
                        RoundTrips.class,
                        "moments_come_back_to_the_nanosecond_or_are_refused",
                        real -> new Relays.OfCatalog(real) {
                            @Override
                            Transaction relayed(Transaction transaction) {
                                return new Relays.OfTransaction(transaction) {
                                    @Override
                                    public Table<KeyRecord> keys() {
                                        return new Relays.OfTable<>(real.keys()) {
                                            @Override
                                            public KeyRecord insert(KeyRecord key) {
                                                Optional<Instant> cut =
                                                        key.retiredAt().map(at -> at.truncatedTo(ChronoUnit.MICROS));
                                                return super.insert(
                                                        cut.map(key::retired).orElse(key));
                                            }
                                        };
                                    }
                                };
                            }
                        }),
                fault(
                        RoundTrips.class,
                        "odd_texts_come_back_to_the_letter_and_are_found",
                        real -> new Relays.OfCatalog(real) {
                            @Override
                            Transaction relayed(Transaction transaction) {
                                return new Relays.OfTransaction(transaction) {
                                    @Override
                                    public Table<ZoneRecord> zones() {
                                        return new Relays.OfTable<>(real.zones()) {
                                            @Override
                                            public ZoneRecord insert(ZoneRecord zone) {
                                                return super.insert(new ZoneRecord(
                                                        zone.id(),
                                                        zone.version(),
                                                        zone.name().replaceAll("\\p{So}|\\p{Cs}", "?")));
                                            }
                                        };
                                    }
                                };
                            }
                        }));
    }

    private static Stream<Arguments> operations() {
        return Stream.of(
                journal("one_key_begins_one_operation_however_often_it_is_used", real -> new Relays.OfJournal(real) {
                    @Override
                    public OperationRecord begin(NewOperation operation, String holder, Duration length) {
                        return findBy(operation.idempotencyKey())
                                .orElseGet(() -> super.begin(operation, holder, length));
                    }
                }),
                journal("an_object_is_worked_on_by_one_open_operation", real -> new Relays.OfJournal(real) {
                    @Override
                    public OperationRecord begin(NewOperation operation, String holder, Duration length) {
                        TreeSet<String> first =
                                new TreeSet<>(List.of(operation.objects().first()));
                        return super.begin(
                                new NewOperation(
                                        operation.kind(), operation.idempotencyKey(), operation.request(), first),
                                holder,
                                length);
                    }
                }),
                journal(
                        Leases.class,
                        "a_lease_that_lasts_is_taken_by_its_holder_alone",
                        real -> new Relays.OfJournal(real) {
                            @Override
                            public Lease take(RecordId<OperationRecord> id, String holder, Duration length) {
                                find(id).flatMap(OperationRecord::lease).ifPresent(this::release);
                                return super.take(id, holder, length);
                            }
                        }),
                journal(
                        Leases.class,
                        "a_lease_is_taken_over_once_it_is_over_and_the_former_holder_is_heard_no_more",
                        real -> new Relays.OfJournal(real) {
                            @Override
                            public void write(Lease lease, OperationRecord.Step step) {
                                super.write(
                                        find(lease.operation())
                                                .flatMap(OperationRecord::lease)
                                                .orElse(lease),
                                        step);
                            }
                        }),
                journal(
                        "steps_stay_in_order_and_a_later_word_takes_the_place_of_the_earlier",
                        real -> new Relays.OfJournal(real) {
                            @Override
                            public void write(Lease lease, OperationRecord.Step step) {
                                super.write(lease, new OperationRecord.Step(step.name(), step.progress(), Facts.NONE));
                            }
                        }),
                journal("what_is_turned_back_says_why_until_it_ends", real -> new Relays.OfJournal(real) {
                    @Override
                    public void undo(Lease lease, Optional<OperationRecord.Fault> why) {
                        super.undo(lease, Optional.empty());
                    }
                }),
                journal("anybody_asks_an_operation_to_stop", real -> new Relays.OfJournal(real) {
                    @Override
                    public void askToStop(RecordId<OperationRecord> id) {
                        // not heard
                    }
                }),
                journal("what_ended_before_a_moment_is_forgotten_with_its_key", real -> new Relays.OfJournal(real) {
                    @Override
                    public int forgetEndedBefore(Instant moment) {
                        return super.forgetEndedBefore(moment.plusNanos(1));
                    }
                }),
                journal(
                        Leases.class,
                        "an_operation_that_was_let_go_of_is_taken_at_once",
                        real -> new Relays.OfJournal(real) {
                            @Override
                            public void release(Lease lease) {
                                super.require(lease); // and kept until its time is over
                            }
                        }));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void a_fault_is_found(Class<?> contract, String finder, UnaryOperator<Catalog> fault) {
        planted = fault;
        into = reports;
        assertThat(ContractTrial.failedCases(contract, finder)).contains(finder);
    }

    @Test
    void a_relay_without_fault_passes() {
        planted = Relays.OfCatalog::new;
        into = reports;
        for (Class<?> contract : List.of(
                Transactions.class,
                Records.class,
                References.class,
                RoundTrips.class,
                Operations.class,
                Leases.class)) {
            assertThat(ContractTrial.failedCases(contract)).isEmpty();
        }
    }

    private static CatalogUnderTest judged(InMemoryCatalog store) {
        return new CatalogUnderTest() {
            @Override
            public String type() {
                return "faulty";
            }

            @Override
            public Catalog open() {
                return planted.apply(store.another());
            }
        };
    }

    /** Made by JUnit. */
    static final class Transactions extends CatalogContract {
        private final CatalogUnderTest judged = judged(InMemoryCatalog.empty());

        @Override
        protected CatalogUnderTest underTest() {
            return judged;
        }

        @Override
        protected Path reports() {
            return into;
        }
    }

    /** Made by JUnit. */
    static final class Records extends CatalogRecordsContract {
        private final CatalogUnderTest judged = judged(InMemoryCatalog.empty());

        @Override
        protected CatalogUnderTest underTest() {
            return judged;
        }

        @Override
        protected Path reports() {
            return into;
        }
    }

    /** Made by JUnit. */
    static final class References extends CatalogReferencesContract {
        private final CatalogUnderTest judged = judged(InMemoryCatalog.empty());

        @Override
        protected CatalogUnderTest underTest() {
            return judged;
        }

        @Override
        protected Path reports() {
            return into;
        }
    }

    /** Made by JUnit. */
    static final class RoundTrips extends CatalogRoundTripContract {
        private final CatalogUnderTest judged = judged(InMemoryCatalog.empty());

        @Override
        protected CatalogUnderTest underTest() {
            return judged;
        }

        @Override
        protected Path reports() {
            return into;
        }
    }

    /** Made by JUnit. */
    static final class Operations extends CatalogJournalContract {
        private final CatalogUnderTest judged = judged(InMemoryCatalog.empty());

        @Override
        protected CatalogUnderTest underTest() {
            return judged;
        }

        @Override
        protected Path reports() {
            return into;
        }
    }

    /** Made by JUnit. */
    static final class Leases extends CatalogLeaseContract {
        private final CatalogUnderTest judged = judged(InMemoryCatalog.empty());

        @Override
        protected CatalogUnderTest underTest() {
            return judged;
        }

        @Override
        protected Path reports() {
            return into;
        }
    }
}
