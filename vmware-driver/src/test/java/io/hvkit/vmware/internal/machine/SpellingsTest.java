package io.hvkit.vmware.internal.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names, files and UUIDs as vSphere spells them. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class SpellingsTest {

    private static final String UUID = "6000c29e-a7e8-269c-7d20-0102030405ff";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "6000C29e-a7e8-269c-7d20-0102030405ff",
                "60 00 C2 9e a7 e8 26 9c-7d 20 01 02 03 04 05 ff",
                "60 00 c2 9E A7 E8 26 9C-7D 20 01 02 03 04 05 FF",
                "6000c29ea7e8269c7d200102030405ff"
            })
    void every_spelling_of_a_uuid_is_the_same_one(String spelt) {
        assertThat(DiskUuid.of(spelt)).contains(UUID);
        assertThat(DiskUuid.of(spelt.toUpperCase(Locale.ROOT))).contains(UUID);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "6000C29e",
                "6000C29e-a7e8-269c-7d20-0102030405fg",
                "6000C29e-a7e8-269c-7d20-0102030405ff00",
                "00000000-0000-0000-0000-000000000000"
            })
    void what_is_no_uuid_is_none(String spelt) {
        assertThat(DiskUuid.of(spelt)).isEmpty();
    }

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
