package io.hvkit.qemu;

import io.hvkit.core.ByteSize;
import io.hvkit.core.Effect;
import io.hvkit.core.ProgressListener;
import java.util.EnumSet;
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

    void run() throws InterruptedException {
        ConversionRules rules = new ConversionRules(program, request);
        Slices sources = rules.requireSources();
        switch (request.targetState()) {
            case ABSENT -> makeAnew(rules, sources);
            case EXISTS, EXISTS_ZEROED -> writeOnto(rules.requireExisting(sources), sources);
        }
    }

    private void makeAnew(ConversionRules rules, Slices sources) throws InterruptedException {
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
        QemuImgProgress progress = new QemuImgProgress("converting", ByteSize.bytes(whole.size()), listener);
        StagedFile.make(program.files(), target.requirePath(), file -> {
            Image staged = target.at(file);
            creation.run(making.at(staged), Effect.NOT_APPLIED);
            new CopyRun(program, request, progress).copy(whole.images(), staged, whole.size(), extras);
            if (target.encrypts()) {
                creation.attest(staged);
            }
        });
        progress.finish();
    }

    private void writeOnto(ByteSize room, Slices sources) throws InterruptedException {
        Slices content =
                request.rest() == TargetRest.ZEROED ? sources.thenZeroes(room.bytes() - sources.size()) : sources;
        QemuImgProgress progress = new QemuImgProgress("converting", ByteSize.bytes(content.size()), listener);
        new MarkedCopy(program, new CopyRun(program, request, progress)).copy(content, request);
        progress.finish();
    }
}
