package io.hvkit.testkit.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherConfig;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

class DrawnTestsTest {

    @Test
    void half_of_a_class_runs_and_the_other_half_with_the_next_seed() {
        for (long seed : new long[] {Long.MIN_VALUE, -1, 0, 7, Long.MAX_VALUE - 1}) {
            Set<String> half = drawn(2, seed, Five.class);
            Set<String> other = drawn(2, seed + 1, Five.class);

            assertThat(half)
                    .hasSizeBetween(2, 3)
                    .isEqualTo(drawn(2, seed, Five.class))
                    .doesNotContainAnyElementsOf(other);
            other.addAll(half);
            assertThat(other).isEqualTo(drawn(1, seed, Five.class)).containsExactlyInAnyOrder("a", "b", "c", "d", "e");
        }
    }

    @Test
    void every_class_and_every_nested_one_runs_a_test_however_few_are_drawn() {
        for (int seed = 0; seed < 20; seed++) {
            assertThat(drawn(100, seed, Five.class)).hasSize(1);
            assertThat(drawn(100, seed, Outer.class)).hasSize(2);
        }
    }

    @Test
    void a_class_without_the_tag_runs_whole() {
        assertThat(drawn(5, 7, Untagged.class)).containsExactlyInAnyOrder("one", "other");
    }

    @Test
    void a_share_of_nothing_is_refused_with_its_value() {
        assertThatThrownBy(() -> new DrawnTests(0, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least 1, not 0");
    }

    private static Set<String> drawn(int outOf, long seed, Class<?> of) {
        LauncherConfig config = LauncherConfig.builder()
                .enablePostDiscoveryFilterAutoRegistration(false)
                .addPostDiscoveryFilters(new DrawnTests(outOf, seed))
                .build();
        LauncherDiscoveryRequest request = LauncherDiscoveryRequestBuilder.request()
                .selectors(selectClass(of))
                .build();
        TestPlan plan = LauncherFactory.create(config).discover(request);
        return plan.getRoots().stream()
                .flatMap(root -> plan.getDescendants(root).stream())
                .map(TestIdentifier::getSource)
                .flatMap(source -> source.stream())
                .filter(MethodSource.class::isInstance)
                .map(source -> ((MethodSource) source).getMethodName())
                .collect(Collectors.toSet());
    }

    @Tag("drawn")
    static class Five {
        @Test
        void a() {}

        @Test
        void b() {}

        @Test
        void c() {}

        @ParameterizedTest
        @ValueSource(ints = {1, 2})
        void d(int number) {
            assertThat(number).isPositive();
        }

        @Test
        void e() {}
    }

    @Tag("drawn")
    static class Outer {
        @Nested
        class First {
            @Test
            void a() {}

            @Test
            void b() {}
        }

        @Nested
        class Second {
            @Test
            void c() {}

            @Test
            void d() {}
        }
    }

    static class Untagged {
        @Test
        void one() {}

        @Test
        void other() {}
    }
}
