package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.DriverException;
import io.hvkit.core.Effect;
import io.hvkit.core.Failure;
import io.hvkit.core.ProgressListener;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** One conversion: all that can be refused is refused before a byte is written. */
final class Conversion {

    private final QemuImgProgram program;
    private final ConvertRequest request;
    private final ProgressListener listener;

    Conversion(QemuImgProgram program, ConvertRequest request, ProgressListener listener) {
        this.program = program;
        this.request = request;
        this.listener = listener;
    }

    ConvertReport run() throws InterruptedException {
        ConversionRules rules = new ConversionRules(program, request);
        Slices sources = rules.requireSources();
        return switch (request.targetState()) {
            case ABSENT -> makeAnew(rules, sources);
            case EXISTS, EXISTS_ZEROED -> writeOnto(rules.requireExisting(sources), sources);
        };
    }

    private ConvertReport makeAnew(ConversionRules rules, Slices sources) throws InterruptedException {
        ImageCreation creation = new ImageCreation(program);
        CreateRequest making = creation.require(rules.requireNew(sources));
        Image target = making.target();
        Slices content = sources;
        Set<CopyRun.Extra> extras = EnumSet.noneOf(CopyRun.Extra.class);
        if (target.backing().isPresent()) {
            extras.add(CopyRun.Extra.OWN_LAYER);
        } else if (making.readsAsZeroes()) {
            extras.add(CopyRun.Extra.TARGET_IS_ZERO);
        } else {
            content = sources.thenZeroes(making.size().orElseThrow().bytes() - sources.size());
        }
        Slices whole = content;
        ByteSize size = ByteSize.bytes(whole.size());
        QemuImgProgress progress = new QemuImgProgress("converting", size, listener);
        List<ConvertReport> reports = new ArrayList<>(1);
        StagedFile.make(program.files(), target.requirePath(), file -> {
            Image staged = target.at(file);
            creation.run(making.at(staged), Effect.NOT_APPLIED);
            reports.add(fill(staged, sources, whole, extras, progress));
            if (target.encrypts()) {
                creation.attest(staged);
            }
        });
        progress.finish();
        return reports.get(0);
    }

    /** Fills a new target in the best way there is. */
    private ConvertReport fill(
            Image staged, Slices sources, Slices whole, Set<CopyRun.Extra> extras, QemuImgProgress progress)
            throws InterruptedException {
        ByteSize size = ByteSize.bytes(whole.size());
        if (new SharedCopy(program, request).fill(staged, size).isEmpty()) {
            progress.bytes(size.bytes()).accept(size.bytes());
            requireSame(staged);
            return ConvertReport.shared();
        }
        Optional<String> reason =
                new OwnCopy(program, request, progress, size, listener).fill(staged, sources.size(), size.bytes());
        if (reason.isEmpty()) {
            return ConvertReport.inProcess();
        }
        new CopyRun(program, request, progress).copy(whole.images(), staged, whole.size(), extras);
        requireSame(staged);
        return ConvertReport.byQemuImg(reason.get());
    }

    private ConvertReport writeOnto(ByteSize room, Slices sources) throws InterruptedException {
        new SharedCopy(program, request).refuseExisting();
        Slices content =
                request.rest() == TargetRest.ZEROED ? sources.thenZeroes(room.bytes() - sources.size()) : sources;
        ByteSize size = ByteSize.bytes(content.size());
        QemuImgProgress progress = new QemuImgProgress("converting", size, listener);
        Optional<String> reason = new OwnCopy(program, request, progress, size, listener)
                .overwrite(sources.size(), size.bytes(), room.bytes());
        if (reason.isPresent()) {
            new MarkedCopy(program, new CopyRun(program, request, progress)).copy(content, request);
            Afterwards.run(() -> requireSame(Slices.part(request.target(), 0, size.bytes())));
        }
        progress.finish();
        return reason.map(ConvertReport::byQemuImg).orElseGet(ConvertReport::inProcess);
    }

    /** What was not copied in this process is compared by qemu-img, if that was said. */
    private void requireSame(Image copy) throws InterruptedException {
        if (!request.isVerified()) {
            return;
        }
        Comparison found = new ImageComparison(program, Sharing.ALONE)
                .compareContent(request.source(), copy, ProgressListener.NONE);
        if (!found.isIdentical()) {
            throw DriverException.because(Failure.CORRUPT_DATA)
                    .message("%s: the copy is not the same as the source: %s", request, found);
        }
    }
}
