package io.hvkit.hypervisor.spi;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** Many threads that register, rename, replace and read at once. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class HypervisorTypesHammerTest {

    private static final int THREADS = 8;
    private static final int ROUNDS = Boolean.getBoolean("hvkit.thorough") ? 20_000 : 1_000;
    private static final List<String> NAMES = List.of("One", "Two", "Three", "Four", "ONE", "twO", "a b", "A  B");

    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    private final HypervisorTypes types = HypervisorTypes.standard();

    @AfterEach
    void end() throws InterruptedException {
        threads.shutdownNow();
        assertThat(threads.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
    }

    @Test
    void of_many_that_register_one_name_exactly_one_wins() throws Exception {
        for (int round = 0; round < ROUNDS / 10; round++) {
            int number = round;
            AtomicInteger won = new AtomicInteger();
            CyclicBarrier start = new CyclicBarrier(THREADS);
            together(thread -> {
                start.await(1, TimeUnit.MINUTES);
                won.addAndGet(tries(() -> types.register(contender(number, thread), getClass())));
            });
            assertThat(won).as("round %d", round).hasValue(1);
        }
        assertThat(types.list()).hasSize(1 + ROUNDS / 10);
    }

    @Test
    void names_stay_unique_and_ids_stay_found_whatever_happens_at_once() throws Exception {
        long seed = new Random().nextLong();
        HypervisorSettings settings = HypervisorSettings.load(types, Map.of(HypervisorSettings.LIST, "Custom, KVM"));
        together(thread -> {
            Random random = new Random(seed + thread);
            for (int i = 0; i < ROUNDS; i++) {
                HypervisorType type = HypervisorType.named("t" + random.nextInt(4), name(random));
                tries(() -> types.register(type, getClass()));
                tries(() -> types.rename(type, name(random)));
                tries(() -> types.replace(type.alsoKnownAs(name(random)), getClass()));
                tries(() -> types.rename(HypervisorType.CUSTOM, name(random)));
                check(seed);
                assertThat(types.require("custom")).isEqualTo(HypervisorType.CUSTOM);
                assertThat(settings.offers(HypervisorType.CUSTOM)).isTrue();
            }
        });
        assertThat(types.list()).hasSizeGreaterThan(1);
        assertThat(settings.values())
                .containsEntry(HypervisorSettings.LIST, types.require("custom").displayName() + ", KVM");
    }

    /** Looks at one moment: in it no name belongs to two types. */
    private void check(long seed) {
        Map<String, HypervisorType> owners = new HashMap<>();
        for (HypervisorType type : types.list()) {
            for (String name : type.names().claims().keySet()) {
                assertThat(owners.put(name, type))
                        .as("owner of %s, seed %d", name, seed)
                        .isNull();
            }
        }
    }

    /** Each contender is another type with one name that all want, by another right. */
    private static HypervisorType contender(int round, int thread) {
        String wanted = "wanted-" + round;
        return switch (thread % 3) {
            case 0 -> HypervisorType.named(wanted, "Shown " + round + " " + thread);
            case 1 -> HypervisorType.named("c" + round + "-" + thread, wanted.toUpperCase(Locale.ROOT));
            default ->
                HypervisorType.named("c" + round + "-" + thread, "Shown " + round + " " + thread)
                        .alsoKnownAs(wanted);
        };
    }

    private static String name(Random random) {
        return NAMES.get(random.nextInt(NAMES.size()));
    }

    private static int tries(Callable<HypervisorType> change) throws Exception {
        try {
            change.call();
            return 1;
        } catch (DriverException e) {
            assertThat(e.failure()).isIn(Failure.EXISTS_DIFFERENTLY, Failure.NOT_FOUND);
            return 0;
        }
    }

    /** Work of one of the threads. */
    @FunctionalInterface
    private interface Work {
        void of(int thread) throws Exception;
    }

    private void together(Work work) throws Exception {
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            int thread = i;
            running.add(threads.submit(() -> {
                work.of(thread);
                return thread;
            }));
        }
        for (Future<?> one : running) {
            one.get(2, TimeUnit.MINUTES);
        }
    }
}
