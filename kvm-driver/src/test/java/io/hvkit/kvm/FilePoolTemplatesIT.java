package io.hvkit.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.HostId;
import io.hvkit.core.ImageFormat;
import io.hvkit.core.Options;
import io.hvkit.core.PoolId;
import io.hvkit.core.Secret;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.CreateRequest;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.QemuImg;
import io.hvkit.storage.spi.AddTemplate;
import io.hvkit.storage.spi.CloneVolume;
import io.hvkit.storage.spi.CreateVolume;
import io.hvkit.storage.spi.StoragePool;
import io.hvkit.storage.spi.StoragePoolType;
import io.hvkit.storage.spi.Templates;
import io.hvkit.storage.spi.Volume;
import io.hvkit.storage.spi.VolumeFromTemplate;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What templates that are files do beyond the contract. */
@DisplayNameGeneration(DisplayNameGenerator.ReplaceUnderscores.class)
@Tag("drawn")
class FilePoolTemplatesIT {

    private static final ByteSize SIZE = ByteSize.mebibytes(8);
    private static final ByteSize LARGER = ByteSize.mebibytes(12);

    @TempDir
    private Path directory;

    @TempDir
    private Path images;

    private final Secret key = Secret.random();
    private StoragePool pool;
    private Templates templates;
    private QemuImg qemuImg;

    @BeforeEach
    void open() throws InterruptedException {
        DirectoryPoolDriver driver = new DirectoryPoolDriver();
        Options options = Options.parse(driver.options(), Map.of("path", directory.toString()));
        pool = driver.open(new PoolId("p"), StoragePoolType.LOCAL_DIRECTORY, options);
        templates = pool.templates().orElseThrow();
        qemuImg = QemuImg.probe(CommandRunner.local());
    }

    @AfterEach
    void close() {
        pool.close();
        key.close();
    }

    private Volume template(ImageFormat format, byte content) throws InterruptedException {
        Path image = images.resolve("t." + format.qemuName());
        qemuImg.create(Image.of(image, format), SIZE);
        Volume template = templates.add(new AddTemplate("t-" + format, image, format));
        bytes().write(template.id(), content);
        return template;
    }

    private VolumeBytes bytes() {
        return new VolumeBytes(directory, key);
    }

    @ParameterizedTest
    @CsvSource({
        "RAW, RAW", "RAW, QCOW2", "RAW, LUKS", "RAW, encrypted QCOW2",
        "QCOW2, RAW", "QCOW2, QCOW2", "QCOW2, LUKS", "QCOW2, encrypted QCOW2"
    })
    void every_volume_is_copied_from_every_template_and_made_larger(ImageFormat from, String to)
            throws InterruptedException {
        Volume template = template(from, (byte) 9);
        String format = to.replace("encrypted ", "");
        CreateVolume blank = CreateVolume.blank("v", LARGER).as(ImageFormat.valueOf(format));
        CreateVolume wanted = to.equals("LUKS") || to.startsWith("encrypted") ? blank.encryptedBy(key) : blank;

        Volume volume = templates.create(VolumeFromTemplate.of(template.id(), wanted));

        assertThat(bytes().read(volume.id())).isEqualTo((byte) 9);
        assertThat(volume.size()).isEqualTo(LARGER);
        assertThat(volume.attestation().isPresent()).isEqualTo(wanted.key().isPresent());
        pool.delete(template.id());
        assertThat(bytes().read(volume.id())).as("it needs no template").isEqualTo((byte) 9);
    }

    @ParameterizedTest
    @CsvSource({"RAW", "QCOW2"})
    void what_is_written_to_a_linked_volume_with_a_key_is_on_no_disk_in_clear(ImageFormat from)
            throws InterruptedException, IOException {
        Volume template = template(from, (byte) 9);
        CreateVolume wanted =
                CreateVolume.blank("v", LARGER).as(ImageFormat.QCOW2).encryptedBy(key);

        Volume volume =
                templates.create(VolumeFromTemplate.of(template.id(), wanted).linked());
        assertThat(bytes().read(volume.id())).isEqualTo((byte) 9);
        bytes().write(volume.id(), (byte) 0x5a);

        assertThat(volume.attestation())
                .hasValueSatisfying(proof -> assertThat(proof).contains("inside qcow2"));
        assertThat(bytes().read(volume.id())).isEqualTo((byte) 0x5a);
        assertThat(new String(Files.readAllBytes(bytes().file(volume.id())), StandardCharsets.ISO_8859_1))
                .doesNotContain("Z".repeat(64));
        refuses(Failure.IN_USE, () -> pool.attach(template.id(), new HostId("h")));
        refuses(Failure.UNSUPPORTED, () -> pool.clones().orElseThrow().create(CloneVolume.of(volume.id(), "clone")));
        assertThat(pool.growth()
                        .orElseThrow()
                        .growTo(volume.id(), ByteSize.mebibytes(16), key)
                        .size())
                .isEqualTo(ByteSize.mebibytes(16));
        assertThat(bytes().read(volume.id())).isEqualTo((byte) 0x5a);
    }

    @Test
    void an_image_that_names_other_files_or_is_encrypted_is_refused_and_nothing_of_it_stays()
            throws InterruptedException, IOException {
        Path secret = Files.write(images.resolve("secret.raw"), new byte[1 << 20]);
        Path spy = images.resolve("spy.qcow2");
        qemuImg.create(CreateRequest.of(Image.qcow2(spy).over(Image.raw(secret))));
        Path locked = images.resolve("locked.qcow2");
        qemuImg.create(Image.qcow2(locked).unlockedBy(key), SIZE);
        Path odd = Files.write(images.resolve("odd.raw"), new byte[1000]);
        Path empty = Files.createFile(images.resolve("empty.raw"));

        assertThat(refuses(Failure.INVALID_REQUEST, () -> templates.add(new AddTemplate("t", spy, ImageFormat.QCOW2))))
                .hasMessageContaining("secret.raw");
        for (Path image : new Path[] {locked, spy}) {
            refuses(Failure.INVALID_REQUEST, () -> templates.add(new AddTemplate("t", image, ImageFormat.QCOW2)));
            refuses(Failure.INVALID_REQUEST, () -> templates.add(new AddTemplate("t", image, ImageFormat.RAW)));
        }
        for (Path image : new Path[] {odd, empty}) {
            refuses(Failure.CORRUPT_DATA, () -> templates.add(new AddTemplate("t", image, ImageFormat.RAW)));
        }
        refuses(Failure.INVALID_REQUEST, () -> templates.add(new AddTemplate("t", images, ImageFormat.RAW)));
        refuses(Failure.UNSUPPORTED, () -> templates.add(new AddTemplate("t", spy, ImageFormat.VMDK)));

        try (Stream<Path> left = Files.list(directory)) {
            assertThat(left).as("no volume and no part of one").isEmpty();
        }
    }

    @Test
    void an_image_may_be_removed_when_it_is_kept_and_a_name_is_free_again_when_its_template_is_deleted()
            throws InterruptedException, IOException {
        Path image = images.resolve("t.raw");
        qemuImg.create(Image.raw(image), SIZE);
        AddTemplate request = new AddTemplate("t", image, ImageFormat.RAW);
        Volume template = templates.add(request);
        Files.delete(image);

        assertThat(templates.add(request)).as("an equal request").isEqualTo(template);
        pool.delete(template.id());
        assertThat(pool.create(CreateVolume.blank("t", SIZE)))
                .as("a blank volume under its name, and none of the note that it was a template")
                .isEqualTo(pool.create(CreateVolume.blank("t", SIZE)));
    }

    private static DriverException refuses(Failure failure, ThrowingCallable call) {
        DriverException refusal = catchThrowableOfType(DriverException.class, call);
        assertThat(refusal).as("a refusal").isNotNull();
        assertThat(refusal.failure()).as(refusal.toString()).isEqualTo(failure);
        assertThat(refusal.effect()).isEqualTo(Effect.NOT_APPLIED);
        return refusal;
    }
}
