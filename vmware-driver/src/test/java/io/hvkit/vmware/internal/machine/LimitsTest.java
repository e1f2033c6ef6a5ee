package io.hvkit.vmware.internal.machine;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.testkit.Await;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class LimitsTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Limits.Key HOST = new Limits.Key("host", "a");
    private static final Limits.Key OTHER = new Limits.Key("host", "b");

    private final Limits limits = new Limits(key -> 16);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<String> served = new CopyOnWriteArrayList<>();
    private final List<Future<String>> held = new ArrayList<>();
    private final CountDownLatch end = new CountDownLatch(1);

    @AfterEach
    void stop() {
        end.countDown();
        threads.shutdownNow();
    }

    /** Works until the case lets all go. */
    private Future<String> begin(String name, Map<Limits.Key, Integer> shares, CountDownLatch until) {
        return threads.submit(() -> limits.within(shares, () -> {
            served.add(name);
            until.await();
            return name;
        }));
    }

    private void hold(String name, Map<Limits.Key, Integer> shares, CountDownLatch until) {
        held.add(begin(name, shares, until));
    }

    private void await(String what, int waiting, String... names) throws InterruptedException {
        Await.until(what, LONG, () -> limits.waiting() == waiting && served.size() == names.length);
        assertThat(served).containsExactlyInAnyOrder(names);
    }

    @Test
    void no_more_is_given_than_there_is() throws InterruptedException {
        hold("one", Map.of(HOST, 8), end);
        await("one", 0, "one");
        hold("two", Map.of(HOST, 8), end);
        await("two", 0, "one", "two");
        hold("three", Map.of(HOST, 1), end);
        await("that the third waits", 1, "one", "two");
        assertThat(limits.used(HOST)).isEqualTo(16);
    }

    @Test
    void who_came_first_is_first_though_later_ones_need_less() throws Exception {
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch large = new CountDownLatch(1);
        Future<String> busy = begin("busy", Map.of(HOST, 8), first);
        await("the first", 0, "busy");
        hold("large", Map.of(HOST, 16), large);
        await("that the large one waits", 1, "busy");
        hold("small", Map.of(HOST, 1), end);
        await("that the small one is behind it", 2, "busy");

        first.countDown();
        assertThat(busy).succeedsWithin(LONG);
        await("the large one", 1, "busy", "large");
        large.countDown();
        await("the small one", 0, "busy", "large", "small");
    }

    @Test
    void who_needs_other_things_does_not_wait() throws InterruptedException {
        hold("busy", Map.of(HOST, 16), end);
        await("the first", 0, "busy");
        hold("both", Map.of(HOST, 1, OTHER, 1), end);
        await("that the second waits", 1, "busy");
        Limits.Key third = new Limits.Key("host", "c");
        hold("elsewhere", Map.of(third, 16), end);
        await("who is elsewhere", 1, "busy", "elsewhere");
        assertThat(limits.used(OTHER))
                .as("nothing is held while something else is waited for")
                .isZero();
    }

    /** As a vCenter, which everybody needs a little of. */
    @Test
    void one_who_waits_keeps_what_it_needs_and_leaves_the_rest_to_those_behind() throws InterruptedException {
        Limits.Key shared = new Limits.Key("vcenter", "");
        hold("busy", Map.of(HOST, 16), end);
        await("the first", 0, "busy");
        hold("waits", Map.of(HOST, 1, shared, 1), end);
        await("that the second waits", 1, "busy");
        hold("elsewhere", Map.of(OTHER, 8, shared, 8), end);
        await("who is elsewhere", 1, "busy", "elsewhere");
        hold("greedy", Map.of(OTHER, 8, shared, 8), end);
        await("that the last waits, since one is kept", 2, "busy", "elsewhere");
        assertThat(limits.used(shared)).isEqualTo(8);
    }

    @Test
    void who_gives_up_makes_room_for_those_behind() throws InterruptedException {
        hold("busy", Map.of(HOST, 8), end);
        await("the first", 0, "busy");
        Future<String> impatient = begin("impatient", Map.of(HOST, 16), end);
        await("that the second waits", 1, "busy");
        hold("small", Map.of(HOST, 8), end);
        await("that the third waits", 2, "busy");

        assertThat(impatient.cancel(true)).isTrue();
        await("the third", 0, "busy", "small");
        assertThat(limits.used(HOST)).isEqualTo(16);
    }

    @Test
    void what_is_larger_than_the_whole_is_the_whole() throws Exception {
        assertThat(limits.within(Map.of(HOST, 99), () -> limits.used(HOST))).isEqualTo(16);
        assertThat(limits.used(HOST)).isZero();
    }

    @Test
    void work_that_fails_gives_back_what_it_had() throws InterruptedException {
        Future<String> failing = threads.submit(() -> limits.within(Map.of(HOST, 16), () -> {
            throw new IllegalStateException("on purpose");
        }));

        assertThat(failing).failsWithin(LONG);
        assertThat(limits.used(HOST)).isZero();
    }

    @Test
    void many_with_several_keys_all_come_to_an_end_and_nothing_is_left() throws Exception {
        long seed = new Random().nextLong();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        List<Limits.Key> keys =
                List.of(HOST, OTHER, new Limits.Key("datastore", "x"), new Limits.Key("datastore", "y"));
        AtomicInteger most = new AtomicInteger();
        List<Future<Integer>> all = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            Limits.Key one = keys.get(random.nextInt(4));
            Limits.Key two = keys.get(random.nextInt(4));
            int units = 1 + random.nextInt(16);
            Map<Limits.Key, Integer> shares = one.equals(two) ? Map.of(one, units) : Map.of(one, units, two, units);
            Future<Integer> work = threads.submit(() -> limits.within(shares, () -> {
                for (Limits.Key key : keys) {
                    most.accumulateAndGet(limits.used(key), Math::max);
                }
                return units;
            }));
            if (random.nextInt(10) == 0) {
                boolean unused = work.cancel(true);
                assertThat(work.isDone()).isTrue();
            } else {
                all.add(work);
            }
        }
        for (Future<Integer> each : all) {
            assertThat(each).succeedsWithin(LONG);
        }

        assertThat(most.get()).isBetween(1, 16);
        Await.until(
                "that nobody waits",
                LONG,
                () -> limits.waiting() == 0 && keys.stream().allMatch(key -> limits.used(key) == 0));
    }
}
