package io.hvkit.vmware.internal.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.hypervisor.spi.MachineClone.Kind;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ClonePolicyTest {

    @Test
    void a_datastore_says_and_else_all_of_them() {
        ClonePolicy policy = ClonePolicy.of("false", "fast=true, a=b=true ,slow=false", "false");

        assertThat(policy.kindOn("fast")).isEqualTo(Kind.FULL);
        assertThat(policy.kindOn("a=b")).isEqualTo(Kind.FULL);
        assertThat(policy.kindOn("slow")).isEqualTo(Kind.LINKED);
        assertThat(policy.kindOn("other")).isEqualTo(Kind.LINKED);
        assertThat(ClonePolicy.of("true", "slow=false", "true").kindOn("other")).isEqualTo(Kind.FULL);
    }

    @Test
    void hosts_work_in_sequence_where_either_side_has_full_clones_and_that_is_not_allowed_in_parallel() {
        ClonePolicy one = ClonePolicy.of("false", "fast=true", "false");

        assertThat(one.isSequential(List.of("slow", "fast"))).isTrue();
        assertThat(one.isSequential(List.of("fast", "slow"))).isTrue();
        assertThat(one.isSequential(List.of("slow"))).isFalse();
        assertThat(one.isSequential(List.of())).isFalse();
        assertThat(ClonePolicy.of("true", "", "false").isSequential(List.of("slow")))
                .isTrue();
        assertThat(ClonePolicy.of("true", "", "true").isSequential(List.of("slow")))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"yes", "", "TRUE", "1"})
    void anything_else_than_true_and_false_is_refused(String word) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> ClonePolicy.of(word, "", "false"))
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST))
                .withMessageContaining("'" + word + "'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"fast", "=true", "fast=true,", "fast=true,fast=false", "fast=maybe"})
    void a_list_of_datastores_that_is_none_is_refused(String list) {
        assertThatExceptionOfType(DriverException.class)
                .isThrownBy(() -> ClonePolicy.of("true", list, "false"))
                .satisfies(e -> assertThat(e.failure()).isEqualTo(Failure.INVALID_REQUEST));
    }
}
