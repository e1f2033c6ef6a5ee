package io.hvkit.vmware.internal.datastore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class DatastoreUuidTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "5f3c1a2b-8d7e6f50-1234-0025b5000001",
                "5F3C1A2B8D7E6F5012340025B5000001",
                "5f3c1a2b-8d7e-6f50-1234-0025b5000001"
            })
    void a_uuid_is_the_same_with_dashes_and_without(String spelt) {
        DatastoreUuid canonical = new DatastoreUuid("5f3c1a2b8d7e6f5012340025b5000001");

        assertThat(new DatastoreUuid(spelt)).isEqualTo(canonical);
        assertThat(DatastoreUuid.ofUrl("ds:///vmfs/volumes/" + spelt + "/")).contains(canonical);
    }

    @Test
    void what_is_no_uuid_of_a_datastore_is_none() {
        assertThat(DatastoreUuid.ofUrl("ds:///vmfs/volumes/8a1b2c3d-4e5f6071")).isPresent();
        assertThat(DatastoreUuid.ofUrl("/tmp/govcsim-DC0-LocalDS_0")).isEmpty();
        assertThat(DatastoreUuid.ofUrl("")).isEmpty();
        assertThat(DatastoreUuid.spelt("5f3c1a2b" + "-".repeat(1000))).isEmpty();
        assertThatIllegalArgumentException().isThrownBy(() -> new DatastoreUuid("gold"));
    }
}
