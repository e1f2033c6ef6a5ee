package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.Secret;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Writes new LUKS headers, never over one that is there, whatever it opens with. */
final class LuksFormatting {

    private static final int LOOKED_AT = 1 << 20;
    private static final int SECTOR = 512;

    private final CryptSetup cryptSetup;
    private final CryptSetupProgram program;

    LuksFormatting(CryptSetup cryptSetup, CryptSetupProgram program) {
        this.cryptSetup = cryptSetup;
        this.program = program;
    }

    void format(Path path, LuksFormat request, Secret key) throws InterruptedException {
        List<String> arguments = arguments(path, request, key);
        if (LuksHeader.read(program.files(), path).isPresent() || cryptSetup.isLuks(path)) {
            throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                    .message("%s holds a LUKS header already and is never formatted again; wipe it first", path);
        }
        requireRoom(path, request);
        if (!request.mayLoseContent()) {
            requireBlank(path);
        }
        program.requireUnused(path);
        CommandResult result = program.run(arguments, key);
        if (!result.succeeded()) {
            throw program.failed("luksFormat", path, result, Effect.UNKNOWN);
        }
        Optional<LuksHeader> header = Afterwards.look(() -> LuksHeader.read(program.files(), path));
        if (header.filter(h -> fulfils(h, request)).isEmpty()) {
            throw DriverException.because(Failure.DEFECT)
                    .message(
                            "%s was formatted as %s, and its bytes do not show it: %s",
                            path, request, header.map(LuksHeader::toString).orElse("there is no header"));
        }
    }

    /** All that matters is stated: builds and devices differ in what cryptsetup takes if nothing is said. */
    private static List<String> arguments(Path path, LuksFormat request, Secret key) {
        List<String> arguments = new ArrayList<>(List.of(
                "luksFormat",
                "--batch-mode",
                "--type",
                request.type().cryptSetupName(),
                "--cipher",
                request.cipher().cryptSetupName(),
                "--key-size",
                Integer.toString(request.cipher().keyBits()),
                "--hash",
                request.hash().cryptSetupName(),
                "--offset",
                Long.toString(request.type().headerSize().bytes() / SECTOR)));
        if (request.type() == LuksType.LUKS2) {
            arguments.addAll(
                    List.of("--sector-size", Long.toString(request.sectorSize().bytes())));
        }
        request.label().ifPresent(label -> arguments.add("--label=" + label));
        request.uuid().ifPresent(uuid -> arguments.add("--uuid=" + uuid));
        arguments.addAll(DerivationArguments.of(request.type(), key, request.derivation()));
        arguments.addAll(List.of("--key-file=-", path.toString()));
        return arguments;
    }

    private static boolean fulfils(LuksHeader header, LuksFormat request) {
        return header.type() == request.type()
                && request.cipher().cryptSetupName().equals(header.cipher() + "-" + header.mode())
                && header.keyBits() == request.cipher().keyBits()
                && header.hash().equals(request.hash().cryptSetupName())
                && header.payloadOffset().equals(request.type().headerSize())
                && header.sectorSize().equals(request.sectorSize())
                && header.label().equals(request.label())
                && request.uuid()
                        .map(uuid -> uuid.toString().equals(header.uuid()))
                        .orElse(true);
    }

    private void requireRoom(Path path, LuksFormat request) throws InterruptedException {
        ByteSize size = program.files().status(path).size();
        ByteSize header = request.type().headerSize();
        if (size.compareTo(header.plus(request.sectorSize())) < 0) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "%s has %s; %s takes %s for its header, and data comes on top",
                            path, size, request.type(), header);
        }
        if (!size.minus(header).isMultipleOf(request.sectorSize())) {
            throw DriverException.because(Failure.INVALID_REQUEST)
                    .message(
                            "%s has %s, which behind a header of %s is no whole number of sectors of %s",
                            path, size, header, request.sectorSize());
        }
    }

    private void requireBlank(Path path) throws InterruptedException {
        for (byte b : program.files().read(path, 0, LOOKED_AT)) {
            if (b != 0) {
                throw DriverException.because(Failure.EXISTS_DIFFERENTLY)
                        .message(
                                "%s holds something already, which would be lost; wipe its first MiB, or say"
                                        + " losingContent() if that is meant",
                                path);
            }
        }
    }
}
