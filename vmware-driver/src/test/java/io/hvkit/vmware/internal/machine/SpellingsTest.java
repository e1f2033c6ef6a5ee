package io.hvkit.vmware.internal.machine;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;

/** Names and files as vSphere spells them. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SpellingsTest {

    @Test
    void files_are_read_in_the_spellings_that_vcenters_use() {
        DiskFile file = new DiskFile("fast ds (1)", "web/web_1.vmdk");

        assertThat(DiskFile.spelt("[fast ds (1)] web/web_1.vmdk")).contains(file);
        assertThat(DiskFile.spelt("[fast ds (1)]web/web_1.vmdk")).contains(file);
        assertThat(DiskFile.spelt("[fast ds (1)] /web/web_1.vmdk")).contains(file);
        assertThat(DiskFile.spelt("[fast]")).isEmpty();
        assertThat(DiskFile.spelt("web/web_1.vmdk")).isEmpty();
        assertThat(file).hasToString("[fast ds (1)] web/web_1.vmdk");
        assertThat(DiskFile.of(file.attachment())).isEqualTo(file);
        assertThat(file.folder()).isEqualTo("[fast ds (1)] web");
    }

    @Test
    void names_are_escaped_as_the_inventory_has_them_and_read_back() {
        for (String name : new String[] {"plain", "a/b\\c%d", "%2f", "%252f", "%", "a%5Cb"}) {
            assertThat(VmName.plain(VmName.escaped(name))).isEqualTo(name);
            assertThat(VmName.escaped(name)).doesNotContain("/", "\\");
        }
    }

    @Test
    void folders_have_names_that_file_systems_take_and_no_two_machines_share_one() {
        assertThat(VmName.folder("web-1.example_A")).isEqualTo("web-1.example_A");
        assertThat(VmName.folder("a/b")).matches("a_b-[0-9a-f]+").isNotEqualTo(VmName.folder("a?b"));
        assertThat(VmName.folder("..")).matches("[A-Za-z0-9_-][A-Za-z0-9._-]*");
    }
}
