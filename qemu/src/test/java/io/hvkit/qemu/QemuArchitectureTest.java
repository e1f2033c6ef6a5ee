package io.hvkit.qemu;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.hvkit.qemu", importOptions = ImportOption.DoNotIncludeTests.class)
class QemuArchitectureTest {

    @ArchTest
    static final ArchRule dependencies = classes()
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage(
                    "java..",
                    "javax.crypto..",
                    "io.hvkit.core..",
                    "io.hvkit.qemu..",
                    "org.jspecify..",
                    "org.slf4j..",
                    "com.fasterxml.jackson..",
                    "com.sun.jna..");

    @ArchTest
    static final ArchRule noBooleanParametersInPublicMethods = noClasses()
            .that()
            .resideInAPackage("io.hvkit.qemu")
            .and()
            .arePublic()
            .should(new BooleanParameters())
            .because("a boolean argument says nothing where it is passed; use an enum or another method");

    @ArchTest
    static final ArchRule noForeignTypesInPublicSignatures = noClasses()
            .that()
            .resideInAPackage("io.hvkit.qemu")
            .and()
            .arePublic()
            .should(new ForeignTypes());

    @ArchTest
    static final ArchRule oneClassStartsPrograms = noClasses()
            .that()
            .doNotHaveSimpleName("LocalRunner")
            .should()
            .dependOnClassesThat()
            .areAssignableTo(ProcessBuilder.class);

    @ArchTest
    static void classes_were_seen(JavaClasses classes) {
        assertThat(classes).hasSizeGreaterThan(30);
        assertThat(classes.contain(QemuImg.class)).isTrue();
    }
}
