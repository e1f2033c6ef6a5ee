package io.hvkit.qemu.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ProcessTreeTest {

    private static final String STAT = "42 (a ) Z name) %s 1 42 42 0 -1 4227084 0 0 0 0 0 0 0 0 20 0 %d 0 900 0 0";

    @Test
    void a_zombie_is_gone_once_its_last_thread_is() {
        assertThat(ProcessTree.works(STAT.formatted("Z", 3))).isTrue();
        assertThat(ProcessTree.works(STAT.formatted("Z", 1))).isFalse();
        assertThat(ProcessTree.works(STAT.formatted("Z", 0))).isFalse();
    }

    @Test
    void what_sleeps_or_waits_for_a_disk_may_still_do_something() {
        for (String state : new String[] {"R", "S", "D", "T"}) {
            assertThat(ProcessTree.works(STAT.formatted(state, 1))).as(state).isTrue();
        }
    }

    @Test
    void the_kernel_writes_it_like_this() throws IOException {
        assertThat(ProcessTree.works(Files.readString(Path.of("/proc/self/stat"))))
                .isTrue();
    }
}
