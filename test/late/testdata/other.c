/* In the place of the module's C, whose data is the loader's. */
static void *volatile data = (void *)&data;
extern void *const constant;
void *const constant = (void *)&data;

int others(void)
{
	return data == (void *)&data && constant == (void *)&data;
}
