package io.hvkit.testkit.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.DriverException;
import io.hvkit.core.Failure;
import io.hvkit.storage.spi.StoragePool;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Storage drivers with one fault each: the contract must find it, by the case that is about it. */
abstract class StorageFaults {

    @TempDir
    Path reports;

    /** Returns the contracts that the faults break. */
    abstract List<Class<? extends StorageCases>> contracts();

    @ParameterizedTest
    @MethodSource("faults")
    void a_fault_is_found_by_the_case_that_is_about_it(
            Class<? extends StorageCases> contract, String name, UnaryOperator<StoragePool> fault) {
        assertThat(contracts()).contains(contract);
        assertThat(new StorageJudgement(reports).of(contract, fault, name)).contains(name);
    }

    @Test
    void a_driver_without_fault_is_not_accused() {
        for (Class<? extends StorageCases> contract : contracts()) {
            assertThat(new StorageJudgement(reports).of(contract, real -> real)).isEmpty();
        }
    }

    static Arguments fault(Class<? extends StorageCases> contract, String name, UnaryOperator<StoragePool> fault) {
        return Arguments.of(contract, name, fault);
    }

    static DriverException taken(String name) {
        return DriverException.because(Failure.EXISTS_DIFFERENTLY).message("there is a volume %s", name);
    }
}
