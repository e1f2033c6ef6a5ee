package io.hvkit.kvm.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class MountTableTest {

    private static final String ROOT = "21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/root rw";

    @Test
    void the_nearest_mount_above_a_path_holds_it() {
        MountTable table = MountTable.of(List.of(
                ROOT,
                "30 21 0:40 / /mnt rw - tmpfs none rw",
                "31 30 0:41 / /mnt/nas rw,noatime master:3 propagate_from:2 - nfs4 nas1:/export/vm rw,vers=4.2"));

        assertThat(table.holding(Path.of("/mnt/nas/pool"))).hasValueSatisfying(mount -> {
            assertThat(mount.isNfs()).isTrue();
            assertThat(mount.source()).isEqualTo("nas1:/export/vm");
            assertThat(mount.point()).isEqualTo(Path.of("/mnt/nas"));
        });
        assertThat(table.holding(Path.of("/mnt/nastier")))
                .hasValueSatisfying(mount -> assertThat(mount.type()).isEqualTo("tmpfs"));
        assertThat(table.holding(Path.of("/srv")))
                .hasValueSatisfying(mount -> assertThat(mount.isNfs()).isFalse());
    }

    @Test
    void what_another_mount_hides_counts_for_nothing() {
        MountTable table = MountTable.of(List.of(
                ROOT,
                "31 21 0:41 / /mnt/nas rw - nfs nas1:/export rw",
                "32 21 0:42 / /mnt rw - tmpfs over-it rw",
                "33 21 0:43 / /srv rw - ext4 /dev/below rw",
                "34 33 0:44 / /srv rw - ext4 /dev/above rw"));

        assertThat(table.holding(Path.of("/mnt/nas")))
                .hasValueSatisfying(mount -> assertThat(mount.source()).isEqualTo("over-it"));
        assertThat(table.holding(Path.of("/srv/x")))
                .hasValueSatisfying(mount -> assertThat(mount.source()).isEqualTo("/dev/above"));
    }

    @Test
    void blanks_and_backslashes_are_read_as_they_were_meant() {
        MountTable table = MountTable.of(
                List.of(ROOT, "30 21 0:40 /a\\040b /mnt/x\\040y\\134z rw - fuse.glusterfs srv:/vol\\0401 rw"));

        assertThat(table.holding(Path.of("/mnt/x y\\z/v"))).hasValueSatisfying(mount -> {
            assertThat(mount.root()).isEqualTo("/a b");
            assertThat(mount.source()).isEqualTo("srv:/vol 1");
        });
    }

    @Test
    void what_is_no_line_of_the_table_is_passed_over() {
        MountTable table = MountTable.of(List.of("", "x", "1 2 3 4 5 6 7 8 9 10", "1 2 3:4 / / rw - ext4"));

        assertThat(table.holding(Path.of("/"))).isEmpty();
    }

    @Test
    void the_kernels_own_table_knows_what_this_process_stands_on() {
        assertThat(MountTable.read(MountTable.OF_THIS_PROCESS).holding(Path.of("/proc/self")))
                .hasValueSatisfying(mount -> assertThat(mount.type()).isEqualTo("proc"));
    }
}
