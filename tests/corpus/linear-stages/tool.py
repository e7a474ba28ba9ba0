import click


@click.command()
@click.option("--self-test", is_flag=True)
def main(self_test):
    click.echo("ok" if self_test else "ready")


main()
