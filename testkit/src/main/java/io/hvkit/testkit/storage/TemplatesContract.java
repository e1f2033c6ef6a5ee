package io.hvkit.testkit.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Failure;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Secret;
import io.hvkit.core.VolumeId;
import io.hvkit.storage.spi.AddTemplate;
import io.hvkit.storage.spi.CloneVolume;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.PoolFeature;
import io.hvkit.storage.spi.Templates;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeFromTemplate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.io.TempDir;

/** What a pool must do that makes volumes from templates. Templates are plain; what is made from them is plain or encrypted. */
public abstract non-sealed class TemplatesContract extends StorageCases {

    @TempDir
    private Path images;

    private Templates templates;

    /** Made by JUnit. */
    protected TemplatesContract() {}

    /** Puts a byte on a volume, as a machine would. */
    protected abstract void write(VolumeId volume, byte content) throws InterruptedException;

    /** Returns the byte that was put on a volume last, or that its template began with. */
    protected abstract byte read(VolumeId volume) throws InterruptedException;

    /** Made by JUnit. */
    @BeforeEach
    final void find() {
        templates = pool.templates().orElseThrow();
    }

    private Path image(byte content) throws IOException {
        byte[] disk = new byte[Math.toIntExact(size().bytes())];
        Arrays.fill(disk, 0, disk.length / 2, content);
        return Files.write(images.resolve(unique()), disk);
    }

    private AddTemplate request(byte content) throws IOException {
        AddTemplate request = new AddTemplate(unique(), image(content), ImageFormat.RAW);
        removeLater(request.name());
        return request;
    }

    private Volume template(byte content) throws InterruptedException, IOException {
        return templates.add(request(content));
    }

    private VolumeFromTemplate from(Volume template) {
        VolumeFromTemplate request = VolumeFromTemplate.of(template.id(), request(unique(), template.size()));
        removeLater(request.volume().name());
        return request;
    }

    @TestTemplate
    final void a_volume_begins_with_what_is_on_its_template_and_goes_its_own_way()
            throws InterruptedException, IOException {
        Volume template = template((byte) 3);
        ByteSize larger = template.size().plus(size());
        CreateVolume blank = request(unique(), larger);
        removeLater(blank.name());
        Volume volume = templates.create(VolumeFromTemplate.of(template.id(), blank));

        assertThat(read(volume.id())).isEqualTo((byte) 3);
        assertThat(volume.size()).isGreaterThanOrEqualTo(larger);
        assertThat(volume.format()).isEqualTo(blank.format());
        assertThat(volume.attestation().isPresent() || mode == Mode.PLAIN)
                .as("a proof")
                .isTrue();
        write(volume.id(), (byte) 4);
        assertThat(read(template.id())).isEqualTo((byte) 3);
        pool.delete(template.id());
        assertThat(read(volume.id())).isEqualTo((byte) 4);
        assertThat(connection().findNamed(blank.name())).contains(volume);
    }

    @TestTemplate
    final void equal_requests_give_the_same_template_and_the_same_volume() throws InterruptedException, IOException {
        AddTemplate request = request((byte) 3);
        Volume template = templates.add(request);
        VolumeFromTemplate made = from(template);
        Volume volume = templates.create(made);
        write(volume.id(), (byte) 7);

        for (int i = 0; i < REPEATS; i++) {
            assertThat(templates.add(request)).isEqualTo(template);
            assertThat(templates.create(made)).isEqualTo(volume);
        }
        assertThat(read(volume.id())).isEqualTo((byte) 7);
        assertThat(names()).containsOnlyOnce(request.name(), volume.name());
    }

    @TestTemplate
    final void a_name_that_is_taken_is_refused_and_nothing_is_overwritten() throws InterruptedException, IOException {
        Volume template = template((byte) 3);
        Volume other = template((byte) 9);
        VolumeFromTemplate made = from(template);
        Volume volume = templates.create(made);
        CreateVolume blank = made.volume();

        refuses(Failure.EXISTS_DIFFERENTLY, "a blank one", () -> pool.create(blank));
        refuses(
                Failure.EXISTS_DIFFERENTLY,
                "from another template",
                () -> templates.create(VolumeFromTemplate.of(other.id(), blank)));
        AddTemplate taken = new AddTemplate(volume.name(), image((byte) 1), ImageFormat.RAW);
        refuses(Failure.EXISTS_DIFFERENTLY, "a template", () -> templates.add(taken));
        if (isKeyed()) {
            try (Secret another = Secret.random()) {
                CreateVolume locked = CreateVolume.blank(blank.name(), blank.size())
                        .as(blank.format())
                        .encryptedBy(another);
                refuses(
                        Failure.EXISTS_DIFFERENTLY,
                        "another key",
                        () -> templates.create(VolumeFromTemplate.of(template.id(), locked)));
            }
        }
        assertThat(read(volume.id())).isEqualTo((byte) 3);
        assertThat(pool.find(volume.id())).contains(volume);
    }

    @TestTemplate
    final void an_image_that_is_not_what_it_is_said_to_be_is_refused_and_nothing_is_kept()
            throws InterruptedException, IOException {
        Path image = image((byte) 3);
        Path plain = image((byte) 1);
        byte[] disguised = Files.readAllBytes(image);
        byte[] qcow2 = "QFI\u00fb\u0000\u0000\u0000\u0003".getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(qcow2, 0, disguised, 0, qcow2.length);
        Files.write(image, disguised);
        String name = unique();
        removeLater(name);

        refuses(
                Failure.INVALID_REQUEST,
                "qcow2 that is said to be raw",
                () -> templates.add(new AddTemplate(name, image, ImageFormat.RAW)));
        refuses(
                Failure.NOT_FOUND,
                "no image",
                () -> templates.add(new AddTemplate(name, images.resolve("none"), ImageFormat.RAW)));
        refuses(
                Failure.UNSUPPORTED,
                "a format of no template",
                () -> templates.add(new AddTemplate(name, image, ImageFormat.LUKS)));
        refuses(Failure.INVALID_REQUEST, "no name", () -> templates.add(new AddTemplate("", plain, ImageFormat.RAW)));
        assertThat(names()).doesNotContain(name, "");
    }

    @TestTemplate
    final void what_cannot_be_made_of_a_template_is_refused_and_nothing_is_made()
            throws InterruptedException, IOException {
        Volume template = template((byte) 3);
        CreateVolume request = request(unique(), template.size());
        removeLater(request.name());
        CreateVolume small = request(request.name(), ByteSize.bytes(512));

        for (VolumeId foreign : foreignIds()) {
            refuses(Failure.NOT_FOUND, () -> templates.create(VolumeFromTemplate.of(foreign, request)));
        }
        refuses(
                Failure.INVALID_REQUEST,
                "too small",
                () -> templates.create(VolumeFromTemplate.of(template.id(), small)));
        pool.attach(template.id(), HOST);
        refuses(
                Failure.IN_USE,
                "a template that is attached",
                () -> templates.create(VolumeFromTemplate.of(template.id(), request)));
        pool.detach(template.id(), HOST);
        if (isKeyed()) {
            VolumeId encrypted = create().id();
            refuses(
                    Failure.UNSUPPORTED,
                    "a template that is encrypted",
                    () -> templates.create(VolumeFromTemplate.of(encrypted, request)));
        }
        assertThat(names()).doesNotContain(request.name());
    }

    @TestTemplate
    final void a_linked_volume_keeps_its_template_or_is_refused() throws InterruptedException, IOException {
        Volume template = template((byte) 3);
        VolumeFromTemplate request = from(template).linked();
        if (!offers(PoolFeature.LINKED_CLONES)) {
            refuses(Failure.UNSUPPORTED, () -> templates.create(request));
            return;
        }
        if (!liesOverOthers(request.volume())) {
            refuses(Failure.INVALID_REQUEST, () -> templates.create(request));
            assertThat(names()).doesNotContain(request.volume().name());
            return;
        }
        Volume volume = templates.create(request);
        assertThat(templates.create(request)).isEqualTo(volume);
        assertThat(read(volume.id())).isEqualTo((byte) 3);
        assertThat(volume.attestation().isPresent() || mode == Mode.PLAIN)
                .as("a proof")
                .isTrue();
        refuses(Failure.IN_USE, () -> pool.delete(template.id()));
        write(volume.id(), (byte) 4);
        assertThat(read(template.id())).isEqualTo((byte) 3);
        refuses(
                Failure.EXISTS_DIFFERENTLY,
                "the same as a full copy",
                () -> templates.create(
                        new VolumeFromTemplate(template.id(), request.volume(), CloneVolume.Depth.FULL)));
        pool.delete(volume.id());
        pool.delete(template.id());
    }

    /** Where volumes are files, only qcow2 lies over others; storage of another kind links whatever it has. */
    private boolean liesOverOthers(CreateVolume volume) {
        return underTest().linkedFormats().contains(volume.format());
    }
}
