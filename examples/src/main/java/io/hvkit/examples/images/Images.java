package io.hvkit.examples.images;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Secret;
import io.hvkit.examples.console.ProgressBar;
import io.hvkit.examples.console.ProofTable;
import io.hvkit.qemu.CheckResult;
import io.hvkit.qemu.CommandRunner;
import io.hvkit.qemu.CommitRequest;
import io.hvkit.qemu.ConvertProfile;
import io.hvkit.qemu.ConvertRequest;
import io.hvkit.qemu.CreateRequest;
import io.hvkit.qemu.DiskSizing;
import io.hvkit.qemu.Image;
import io.hvkit.qemu.KeySlots;
import io.hvkit.qemu.LuksHeader;
import io.hvkit.qemu.Measurement;
import io.hvkit.qemu.QemuImg;
import io.hvkit.qemu.TargetState;
import io.hvkit.qemu.inspect.Finding;
import io.hvkit.qemu.inspect.ImagePolicy;
import io.hvkit.qemu.inspect.InspectedImage;
import io.hvkit.qemu.inspect.UntrustedImage;
import io.hvkit.testkit.canary.Canary;
import io.hvkit.testkit.canary.Scan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * From somebody's upload to an encrypted disk whose keys change, with hvkit-qemu alone; each step is proved. Read it from {@link
 * #run} downwards.
 */
final class Images {

    private static final ByteSize SIZE = ByteSize.mebibytes(32);

    private final Path work;
    private final ProofTable proofs;
    private final ProgressBar bar = new ProgressBar();
    private final Random random = new Random();

    Images(Path work, ProofTable proofs) {
        this.work = work;
        this.proofs = proofs;
    }

    /** Does it all; the table then says what was proved. */
    void run() throws InterruptedException, IOException {
        QemuImg qemuImg = QemuImg.probe(CommandRunner.local());
        try (Secret keyA = Secret.random();
                Secret keyB = Secret.random();
                Secret keyC = Secret.random();
                Canary canary = Canary.planted(keyA, keyB, keyC)) {
            Image upload = acceptUpload(qemuImg);
            refuseHostileUpload(qemuImg);

            Path volume = work.resolve("volume.luks");
            encrypt(qemuImg, upload, Image.luks(volume).unlockedBy(keyA));
            changeKey(qemuImg, volume, keyA, keyB);

            Image reKeyed = Image.luks(volume).unlockedBy(keyB);
            Image disk = Image.qcow2(work.resolve("disk.qcow2")).unlockedBy(keyC);
            Scan running = moveBetweenKeys(qemuImg, reKeyed, disk, canary);
            commitOverlay(qemuImg, upload, disk, keyB);
            cancelInTheMiddle(qemuImg, disk, keyB);
            proveNoKeyLeaked(running, canary);
        }
    }

    /** What somebody sent is looked at before any program opens it. */
    private Image acceptUpload(QemuImg qemuImg) throws InterruptedException, IOException {
        Path file = work.resolve("upload.qcow2");
        qemuImg.convert(ConvertRequest.of(Image.raw(randomFile("content.raw", SIZE)), Image.qcow2(file)));
        InspectedImage image = proofs.step("an upload is inspected", () -> {
            // tag::inspect[]
            InspectedImage inspected = UntrustedImage.at(file).inspect(); // pure Java, opens nothing else
            ImagePolicy.forTemplates().require(inspected); // or a failure that names each finding
            // end::inspect[]
            return inspected;
        });
        proofs.require(
                image.virtualSize().equals(SIZE) && image.references().isEmpty(),
                "%s of %s, names no other file; a template may be made of it"
                        .formatted(image.format().orElseThrow().qemuName(), image.virtualSize()));
        // tag::upload[]
        return Image.of(file, image.format().orElseThrow()).overNothing(); // the format that was found, no backing file
        // end::upload[]
    }

    /** A qcow2 whose header names a file of the host: qemu-img would read that file into the template. */
    private void refuseHostileUpload(QemuImg qemuImg) throws InterruptedException, IOException {
        Path hostFile = randomFile("host-file", ByteSize.mebibytes(1));
        Path file = work.resolve("hostile.qcow2");
        qemuImg.create(CreateRequest.of(Image.qcow2(file).over(Image.raw(hostFile))));
        ImagePolicy policy = ImagePolicy.forTemplates();
        InspectedImage image =
                proofs.step("a hostile upload", () -> UntrustedImage.at(file).inspect());
        List<Finding> findings = policy.judge(image);
        try {
            policy.require(image);
            proofs.failed("it was accepted");
        } catch (DriverException e) {
            proofs.require(
                    image.has(Finding.Kind.BACKING_FILE),
                    "refused as %s: %s"
                            .formatted(
                                    e.failure(),
                                    findings.stream().map(Finding::toString).collect(Collectors.joining("; "))));
        }
    }

    private void encrypt(QemuImg qemuImg, Image upload, Image volume) throws InterruptedException {
        Optional<LuksHeader> header = proofs.step("it becomes a LUKS volume", () -> {
            // tag::encrypt[]
            qemuImg.convert(ConvertRequest.of(upload, volume), bar); // appears when it is complete and on the disk
            Optional<LuksHeader> attested = LuksHeader.read(volume.path().orElseThrow());
            // end::encrypt[]
            bar.end();
            return attested;
        });
        boolean same = qemuImg.compare(upload, volume).isIdentical();
        proofs.require(
                same && header.isPresent(),
                "holds the upload's disk, compared; its header, read back: "
                        + header.map(LuksHeader::toString).orElse("none"));
    }

    /** The disk is not written again: only the header's slots change. */
    private void changeKey(QemuImg qemuImg, Path volume, Secret oldKey, Secret newKey) throws InterruptedException {
        Image before = Image.luks(volume).unlockedBy(oldKey);
        Image after = Image.luks(volume).unlockedBy(newKey);
        KeySlots slots = proofs.step("its key changes", () -> {
            // tag::rekey[]
            qemuImg.keySlots(before).add(newKey);
            // here newKey is stored where it is safe; until then oldKey opens the volume
            qemuImg.keySlots(after).remove(oldKey);
            // end::rekey[]
            return qemuImg.keySlots(after);
        });
        proofs.require(
                !qemuImg.unlocks(before) && qemuImg.unlocks(after),
                "key A opens nothing now, key B opens it; taken slots: " + slots.active());
    }

    /** One command, two keys: neither is in its arguments, its environment or a file. */
    private Scan moveBetweenKeys(QemuImg qemuImg, Image source, Image target, Canary canary)
            throws InterruptedException, IOException {
        // tag::measure[]
        Measurement room = qemuImg.measure(CreateRequest.of(target), source); // asks qemu-img; makes nothing
        ByteSize atMost = DiskSizing.encryptedQcow2().containerFor(SIZE); // computes; needs no program
        // end::measure[]
        Glance glance = new Glance(canary);
        proofs.step("it moves to another format and key", () -> {
            qemuImg.convert(ConvertRequest.of(source, target), progress -> {
                bar.progressed(progress);
                glance.onceAt(progress);
            });
            bar.end();
            return target;
        });
        boolean same = qemuImg.compare(source, target).isIdentical();
        ByteSize taken = ByteSize.bytes(Files.size(target.path().orElseThrow()));
        proofs.require(
                same && room.fullyAllocated().equals(atMost) && taken.compareTo(atMost) <= 0,
                "LUKS under key B and qcow2 under key C, compared: the same; measured before %s, computed %s, taken %s"
                        .formatted(room.fullyAllocated(), atMost, taken));
        return glance.seen();
    }

    /** An overlay with a key of its own takes a change, and gives it to the disk below. */
    private void commitOverlay(QemuImg qemuImg, Image upload, Image disk, Secret key)
            throws InterruptedException, IOException {
        Image change = Image.raw(randomFile("change.raw", ByteSize.mebibytes(1)));
        Path file = work.resolve("overlay.qcow2");
        Image overlay = proofs.step("an encrypted overlay", () -> {
            // tag::overlay[]
            Image top = Image.qcow2(file).unlockedBy(key).over(disk); // each layer has a key of its own
            qemuImg.create(CreateRequest.of(top));
            qemuImg.convert(ConvertRequest.of(change, top).onto(TargetState.EXISTS));
            // end::overlay[]
            return top;
        });
        CheckResult check = qemuImg.check(overlay);
        Image expected =
                Image.raw(withChange(work.resolve("content.raw"), change.path().orElseThrow()));
        boolean written = qemuImg.compare(overlay, expected).isIdentical();
        boolean below = qemuImg.compare(disk, upload).isIdentical();
        proofs.require(
                written && below && check.verdict() == CheckResult.Verdict.CLEAN,
                "holds the change, the disk below is as before; its tables, checked: " + check.verdict());
        proofs.step("the overlay is committed", () -> {
            // tag::commit[]
            qemuImg.layers().commit(CommitRequest.of(overlay), bar);
            // end::commit[]
            bar.end();
            return disk;
        });
        proofs.require(
                qemuImg.compare(disk, expected).isIdentical(),
                "the disk below holds the change now, and all else as before");
    }

    /** What ends a conversion in the middle, here its listener, leaves nothing that looks like a disk. */
    private void cancelInTheMiddle(QemuImg qemuImg, Image disk, Secret key) throws InterruptedException, IOException {
        Image target = Image.luks(work.resolve("never.luks")).unlockedBy(key);
        // tag::profile[]
        ConvertRequest slowly = ConvertRequest.of(disk, target).with(ConvertProfile.gentle(ByteSize.mebibytes(16)));
        // end::profile[]
        String end = proofs.step("a conversion is cancelled", () -> {
            try {
                qemuImg.convert(slowly, progress -> {
                    bar.progressed(progress);
                    if (progress.percent() >= 50) {
                        throw new CancellationException("cancelled at %d %%".formatted(progress.percent()));
                    }
                });
                return "it was not cancelled";
            } catch (CancellationException e) {
                return String.valueOf(e.getMessage());
            } finally {
                bar.end();
            }
        });
        try (Stream<Path> files = Files.list(work)) {
            List<String> left = files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("never") || name.endsWith(".partial"))
                    .toList();
            proofs.require(
                    end.startsWith("cancelled") && left.isEmpty(),
                    end + "; neither a target nor a part of it is there; left: " + left);
        }
    }

    private void proveNoKeyLeaked(Scan whileRunning, Canary canary) throws InterruptedException {
        Scan scan = proofs.step(
                "no key is anywhere",
                () -> whileRunning.and(canary.scanProcesses()).and(canary.scanFiles(work)));
        boolean looked = scan.files() > 0
                && scan.unreadable().isEmpty()
                && !scan.hiddenProcesses().contains(ProcessHandle.current().pid());
        if (scan.clean() && looked) {
            proofs.proved(
                    "none of three keys in %d files (%d MiB, logs too) nor in argv or environment of %d processes",
                    scan.files(), scan.bytes() >> 20, scan.processes());
        } else {
            proofs.failed("found: %s; could not look into: %s", scan.findings(), scan.unreadable());
        }
    }

    private Path randomFile(String name, ByteSize size) throws IOException {
        byte[] content = new byte[Math.toIntExact(size.bytes())];
        random.nextBytes(content);
        return Files.write(work.resolve(name), content);
    }

    private Path withChange(Path content, Path change) throws IOException {
        byte[] all = Files.readAllBytes(content);
        byte[] first = Files.readAllBytes(change);
        System.arraycopy(first, 0, all, 0, first.length);
        return Files.write(work.resolve("expected.raw"), all);
    }
}
