package io.hvkit.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ids, attachments, progress, features and versions. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
class ValuesTest {

    private enum Trick implements Ability<Trick> {
        JUMP,
        SOMERSAULT;

        @Override
        public Optional<Trick> prerequisite() {
            return this == SOMERSAULT ? Optional.of(JUMP) : Optional.empty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a b", "a\n", "größe", "\u0000"})
    void an_id_is_visible_ascii(String value) {
        assertThatIllegalArgumentException().isThrownBy(() -> new VolumeId(value));
        assertThatIllegalArgumentException().isThrownBy(() -> new MachineId(value));
        assertThatIllegalArgumentException().isThrownBy(() -> new HostId(value));
        assertThatIllegalArgumentException().isThrownBy(() -> new PoolId(value));
        assertThatIllegalArgumentException().isThrownBy(() -> new SnapshotId(value));
    }

    @Test
    void an_id_has_at_most_128_characters_and_prints_as_itself() {
        assertThat(new VolumeId("v".repeat(128))).hasToString("v".repeat(128));
        assertThatIllegalArgumentException().isThrownBy(() -> new VolumeId("v".repeat(129)));
    }

    @Test
    void an_attachment_needs_an_absolute_path_and_answers_for_its_case() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Attachment.ImageFile(Path.of("a")));
        assertThatIllegalArgumentException().isThrownBy(() -> new Attachment.BlockDevice(Path.of("a")));

        assertThat(cased(new Attachment.ImageFile(Path.of("/a")))).isEqualTo("file");
        assertThat(cased(new Attachment.BlockDevice(Path.of("/a")))).isEqualTo("device");
        assertThat(cased(new Attachment.Remote(URI.create("rbd:a")))).isEqualTo("remote");
    }

    private static String cased(Attachment attachment) {
        return attachment.<String>match(device -> "device", file -> "file", remote -> "remote");
    }

    @Test
    void progress_never_exceeds_its_total_and_is_zero_while_that_is_unknown() {
        assertThat(new Progress("x", ByteSize.bytes(3), ByteSize.bytes(2)).percent())
                .isEqualTo(100);
        assertThat(new Progress("x", ByteSize.ZERO, ByteSize.ZERO).percent()).isZero();
        assertThat(new Progress("x", ByteSize.bytes(999), ByteSize.bytes(1000)).percent())
                .isEqualTo(99);
        assertThat(new Progress("x", ByteSize.tebibytes(4_000_000), ByteSize.tebibytes(8_000_000)).percent())
                .isEqualTo(50);
    }

    @Test
    void a_feature_is_refused_without_what_it_needs() {
        Features<Trick> none = Features.none(Trick.class);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> none.with(Trick.SOMERSAULT, Support.NATIVE))
                .withMessage("SOMERSAULT needs JUMP");
        Features<Trick> both = none.with(Trick.JUMP, Support.EMULATED).with(Trick.SOMERSAULT, Support.NATIVE);
        assertThat(both.offers(Trick.SOMERSAULT)).isTrue();
        assertThat(both.of(Trick.JUMP)).isEqualTo(Support.EMULATED);
        assertThat(none.offers(Trick.JUMP)).isFalse();
    }

    @Test
    void features_are_compared_listed_and_limited_by_what_is_offered() {
        Features<Trick> jump = Features.none(Trick.class).with(Trick.JUMP, Support.NATIVE);
        Features<Trick> both = jump.with(Trick.SOMERSAULT, Support.EMULATED);

        assertThat(both.offered()).containsExactly(Trick.JUMP, Trick.SOMERSAULT);
        assertThat(Features.none(Trick.class).offered()).isEmpty();
        assertThat(Features.none(Trick.class).with(Trick.JUMP, Support.NONE))
                .isEqualTo(Features.none(Trick.class))
                .hasSameHashCodeAs(Features.none(Trick.class));
        assertThat(both.limitedTo(jump)).isEqualTo(jump);
        assertThat(jump.limitedTo(both)).isEqualTo(jump).isNotEqualTo(both);
        assertThat(both.limitedTo(Features.none(Trick.class).with(Trick.JUMP, Support.EMULATED))
                        .of(Trick.JUMP))
                .isEqualTo(Support.EMULATED);
    }

    @Test
    void a_host_runs_plug_ins_of_its_major_version_that_are_not_newer() {
        SpiVersion host = new SpiVersion(1, 2);

        assertThat(host.runs(new SpiVersion(1, 0))).isTrue();
        assertThat(host.runs(new SpiVersion(1, 2))).isTrue();
        assertThat(host.runs(new SpiVersion(1, 3))).isFalse();
        assertThat(host.runs(new SpiVersion(0, 2))).isFalse();
        assertThat(host.runs(new SpiVersion(2, 0))).isFalse();
        assertThat(SpiVersion.ofHost()).isEqualTo(new SpiVersion(SpiVersion.MAJOR, SpiVersion.MINOR));
        assertThatIllegalArgumentException().isThrownBy(() -> new SpiVersion(0, -1));
    }

    @Test
    void a_plug_in_that_is_too_new_or_too_old_is_refused_with_both_ranges() {
        SpiVersion host = new SpiVersion(1, 2);

        assertThat(host.refusalOf(new SpiVersion(1, 3)))
                .isEqualTo(
                        "built against SPI 1.3, it runs on hosts with SPI 1.3 or newer below 2.0; this host has SPI 1.2"
                                + " and runs plug-ins built against 1.0 to 1.2; update HVKit, or take an older build of it");
        assertThat(host.refusalOf(new SpiVersion(0, 9)))
                .isEqualTo(
                        "built against SPI 0.9, it runs on hosts with SPI 0.9 or newer below 1.0; this host has SPI 1.2"
                                + " and runs plug-ins built against 1.0 to 1.2; take a newer build of it");
        assertThatIllegalArgumentException().isThrownBy(() -> host.refusalOf(host));
    }

    @Test
    void a_provider_is_its_class_and_where_that_came_from() {
        assertThat(Provider.of(ValuesTest.class))
                .hasToString("io.hvkit.core.ValuesTest ("
                        + Provider.of(ValuesTest.class).location() + ")");
        assertThat(Path.of(Provider.of(ValuesTest.class).location())).isAbsolute();
        assertThat(Provider.of(String.class).location()).isEqualTo("module java.base");
    }

    @Test
    void a_digest_is_64_hexadecimal_digits_in_any_case() {
        assertThat(new Sha256("AB".repeat(32)))
                .isEqualTo(new Sha256("ab".repeat(32)))
                .hasToString("ab".repeat(32));
        for (String wrong : new String[] {"", "ab", "ab".repeat(33), "xy".repeat(32), "ab".repeat(31) + "a\n"}) {
            assertThatIllegalArgumentException().isThrownBy(() -> new Sha256(wrong));
        }
        assertThat(Sha256.of(new byte[0]))
                .hasToString("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
